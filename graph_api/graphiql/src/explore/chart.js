// Charts over time: compliance as steps, quality scores as a line.
import { h, svg } from '../lineage/dom.js';
import { dayName, timeName } from '../lineage/words.js';

const WIDTH = innerWidth <= 760 ? 360 : 720; // texts scale with it: a phone needs a narrow picture
const HEIGHT = 200;
const LEFT = 52;
const BOTTOM = 26;

const key = (kind, text) => h('span.nowrap', {}, h(`span.key.${kind}`), ` ${text}`);

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
    h('figcaption', {}, key('compliant', `compliant products (${now.compliantProducts} now)`), key('total', `all products (${now.checkedProducts} now)`)),
  );
}

/**
 * `points`: `{ start, overall, runs, passed }`, a day each, the oldest first, two at least. The axis begins below the least
 * score and ends at 100 %; a day on which a run did not pass has a square.
 */
export function scoreChart(points) {
  const at = point => new Date(point.start).getTime();
  const [first, last] = [at(points[0]), at(points[points.length - 1])];
  const scores = points.map(point => point.overall);
  const floor = Math.max(0, Math.floor((Math.min(...scores) - 0.01) * 20) / 20);
  const x = point => LEFT + 6 + ((at(point) - first) / (last - first)) * (WIDTH - LEFT - 24);
  const y = score => HEIGHT - BOTTOM - ((score - floor) / (1 - floor)) * (HEIGHT - BOTTOM - 14);
  const percent = score => `${Number((score * 100).toFixed(1))} %`;
  const mark = point => {
    const [cx, cy] = [x(point), y(point.overall)];
    const label = svg('title', {}, `${dayName(point.start)}: ${percent(point.overall)}, ${point.passed} of ${point.runs} runs passed`);
    return point.passed < point.runs ? svg('rect.mark.missed', { x: cx - 4, y: cy - 4, width: 8, height: 8 }, label) : svg('circle.mark', { cx, cy, r: 4 }, label);
  };
  const now = points[points.length - 1];
  return h(
    'figure.chart',
    {},
    svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Quality by day: ${percent(points[0].overall)} on ${dayName(points[0].start)}, ${percent(now.overall)} on ${dayName(now.start)}, at least ${percent(Math.min(...scores))}` },
      [floor, (1 + floor) / 2, 1].map(score => [svg('line', { x1: LEFT, x2: WIDTH - 12, y1: y(score), y2: y(score) }), svg('text', { x: LEFT - 8, y: y(score) + 4, 'text-anchor': 'end' }, percent(score))]),
      svg('path.compliant', { d: `M${points.map(point => `${x(point).toFixed(1)} ${y(point.overall).toFixed(1)}`).join('L')}` }),
      points.map(mark),
      svg('text', { x: LEFT, y: HEIGHT - 6 }, dayName(points[0].start)),
      svg('text', { x: WIDTH - 12, y: HEIGHT - 6, 'text-anchor': 'end' }, dayName(now.start)),
    ),
    h('figcaption', {}, key('compliant', 'mean score of a day’s runs'), key('square', 'a run missed a threshold')),
  );
}
