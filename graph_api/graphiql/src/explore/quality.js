// The quality panel of a product's page: the latest run with its dimensions, and the scores of the last weeks.
import { h, icon, plural } from '../lineage/dom.js';
import { dayName, lower } from '../lineage/words.js';
import { scoreChart } from './chart.js';
import { percent } from './measured.js';
import { empty, panel, table, time } from './parts.js';

/** The fields that `qualityPanel` needs of a `DataProduct`; `$since` is when the trend begins. */
export const QUALITY = `quality {
      latest { finishedAt accessPoint origin rows overall passed dimensions { dimension score threshold passed reason } }
      runs(first: 1) { state startedAt error accessPoint }
      trend(from: $since, by: DAY) { start runs passed overall }
    }`;

const share = value => percent(Number(value.toFixed(4)));

export function qualityPanel({ quality: { latest, runs, trend } }) {
  const [newest] = runs;
  const failed = newest?.state === 'FAILED' ? h('p.problem', {}, icon('alert'), ` The newest run of ${newest.accessPoint} failed on `, time(newest.startedAt), newest.error ? `: ${newest.error}` : '.') : null;
  const waits = newest?.state === 'QUEUED' || newest?.state === 'RUNNING' ? h('p.under', {}, `A run of ${newest.accessPoint} is ${lower(newest.state)}.`) : null;
  if (!latest) return panel('Quality', [failed, waits, empty('Nothing was measured yet: the contract only promises.')]);
  return panel('Quality', [
    failed,
    waits,
    h('p.score', {}, overall(latest), h('span.under', {}, `Latest quality run of ${latest.accessPoint}: `, latest.rows === null ? null : `${plural(latest.rows, 'row')}, `, `by ${latest.origin}, `, time(latest.finishedAt))),
    latest.dimensions.length ? table('Dimensions of the latest run', ['Dimension', 'Score', 'At least', 'Result'], latest.dimensions.map(dimension)) : null,
    h('h3', {}, 'Over time'),
    trendPart(trend.filter(point => point.overall !== null)),
  ]);
}

const overall = ({ overall: score, passed }) =>
  score === null ? h('strong', {}, 'no score') : [h('strong', {}, share(score)), passed === null ? null : h(`span.tag${passed ? '.good' : '.bad'}`, {}, icon(passed ? 'check' : 'alert'), passed ? ' passed' : ' below a threshold')];

const dimension = ({ dimension: name, score, threshold, passed, reason }) => [
  name.replace(/([A-Z])/g, ' $1').toLowerCase(),
  score === null ? '–' : h('span.nowrap', {}, share(score)),
  threshold === null ? h('span.under', {}, 'not promised') : h('span.nowrap', {}, share(threshold)),
  score === null ? h('span.under', {}, reason ?? 'not measured') : passed === null ? h('span.under', {}, 'not judged') : h(`span.tag${passed ? '.good' : '.bad'}`, {}, icon(passed ? 'check' : 'alert'), passed ? ' passed' : ' missed'),
];

function trendPart(points) {
  if (points.length < 2) return empty(points.length ? 'There are runs of one day so far.' : 'No run of the last 90 days has a score.');
  const rows = [...points].reverse().map(point => [dayName(point.start), share(point.overall), `${point.passed} of ${point.runs}`]);
  return [scoreChart(points), h('details', {}, h('summary', {}, 'The same as a table'), table('Quality by day', ['Day', 'Mean score', 'Runs that passed'], rows))];
}
