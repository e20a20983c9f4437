// A step chart of compliance over time.
import { h, svg } from '../lineage/dom.js';
import { timeName } from '../lineage/words.js';

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 44;
const BOTTOM = 26;

/**
 * `standings`: `{ at, checkedProducts, compliantProducts }`, the oldest first; drawn up to `to`. Compliant products and
 * all products as steps, for each holds until the next.
 */
export function complianceChart(standings, to) {
  const first = new Date(standings[0].at).getTime();
  const last = Math.max(new Date(to).getTime(), first + 1);
  const most = Math.max(1, ...standings.map(point => point.checkedProducts));
  const x = at => LEFT + ((new Date(at).getTime() - first) / (last - first)) * (WIDTH - LEFT - 12);
  const y = count => HEIGHT - BOTTOM - (count / most) * (HEIGHT - BOTTOM - 14);
  const steps = key => {
    let path = `M${x(standings[0].at)} ${y(standings[0][key])}`;
    for (const point of standings.slice(1)) path += `H${x(point.at).toFixed(1)}V${y(point[key]).toFixed(1)}`;
    return `${path}H${WIDTH - 12}`;
  };
  const label = (at, anchor, place) => svg('text', { x: place, y: HEIGHT - 6, 'text-anchor': anchor }, timeName(at));
  const ticks = [...new Set([0, Math.round(most / 2), most])];
  const now = standings[standings.length - 1];
  return h(
    'figure.chart',
    {},
    svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Compliant products over time: ${now.compliantProducts} of ${now.checkedProducts} now, ${standings.length} changes` },
      ticks.map(count => [svg('line', { x1: LEFT, x2: WIDTH - 12, y1: y(count), y2: y(count) }), svg('text', { x: LEFT - 8, y: y(count) + 4, 'text-anchor': 'end' }, count)]),
      svg('path.total', { d: steps('checkedProducts') }),
      svg('path.area', { d: `${steps('compliantProducts')}V${y(0)}H${LEFT}Z` }),
      svg('path.compliant', { d: steps('compliantProducts') }),
      label(standings[0].at, 'start', LEFT),
      label(to, 'end', WIDTH - 12),
    ),
    h('figcaption', {}, h('span.key.compliant', {}), `compliant products (${now.compliantProducts} now)`, h('span.key.total', {}), `all products (${now.checkedProducts} now)`),
  );
}
