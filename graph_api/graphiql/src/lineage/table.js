// The same lineage as a table: for screen readers, small screens, and anyone who prefers reading.
import { h } from './dom.js';
import { reach } from './graph.js';
import { lower, qualityName, stepsName, typeName } from './words.js';

const PAGE = 500;

/** Fills `host`. `options`: `selected`, `impact` (steps by node); `on.select(v)`. Rows come in pages of 500. */
export function drawTable(host, graph, options, on) {
  const signed = node => (node.direction === 'UPSTREAM' ? -node.distance : node.distance);
  const order = [...graph.nodes.keys()]
    .filter(v => !options.impact || options.impact.steps.has(v))
    .sort((a, b) => signed(graph.nodes[a]) - signed(graph.nodes[b]) || (graph.nodes[a].domain < graph.nodes[b].domain ? -1 : graph.nodes[a].domain > graph.nodes[b].domain ? 1 : graph.nodes[a].name < graph.nodes[b].name ? -1 : 1));
  const small = graph.n <= 1500;
  const row = v => {
    const node = graph.nodes[v];
    const steps = options.impact ? (options.impact.steps.get(v) ? (options.impact.steps.get(v) === 1 ? 'direct' : `${options.impact.steps.get(v)} steps`) : 'changed') : stepsName(node);
    return h(
      'tr',
      { 'aria-selected': v === options.selected ? 'true' : null, class: v === options.selected ? 'selected' : null },
      h('th', { scope: 'row' }, h('button', { type: 'button', onclick: () => on.select(v) }, node.name), h('span.under', {}, node.domain)),
      h('td.wide', {}, node.domain),
      h('td', {}, steps, graph.inCycle.has(node.id) ? h('span.tag.warn', {}, 'cycle') : null),
      h('td', {}, node.findings === null ? h('span.tag.unknown', {}, '…') : node.findings ? h('span.tag.bad', {}, node.findings) : h('span.tag.good', {}, '✓ none')),
      h('td.wide', {}, node.type ? typeName(node.type) : '–'),
      h('td.wide', {}, node.status ? lower(node.status) : '–'),
      h('td.wide', {}, node.classification ? lower(node.classification) : 'none'),
      h('td.wide', {}, qualityName(node.quality) ?? '–'),
      h('td.wide', {}, node.owner ?? '–'),
      h('td.number.wide', {}, small ? (reach([v], graph.outs).size - 1).toLocaleString('en') : graph.outs[v].length.toLocaleString('en')),
      h('td.number.wide', {}, node.hidden ? `${node.hidden} (${lower(node.reason ?? 'limit')})` : '0'),
    );
  };
  const body = h('tbody', {}, order.slice(0, PAGE).map(row));
  const heads = ['Domain', 'Steps', 'Findings', 'Type', 'Status', 'Classification', 'Quality', 'Owner', small ? 'Reaches' : 'Consumers', 'Left out'];
  const wide = new Set(['Domain', 'Type', 'Status', 'Classification', 'Quality', 'Owner', 'Reaches', 'Consumers', 'Left out']);
  const table = h('table', {}, h('caption.hidden', {}, 'Products of this lineage'), h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Product'), heads.map(name => h(wide.has(name) ? 'th.wide' : 'th', { scope: 'col' }, name)))), body);
  const more = h('button.button', { type: 'button' }, 'Show more rows');
  const count = h('p.count', { role: 'status' });
  const update = () => {
    count.textContent = `${body.children.length.toLocaleString('en')} of ${order.length.toLocaleString('en')} products`;
    more.hidden = body.children.length >= order.length;
  };
  more.addEventListener('click', () => {
    body.append(...order.slice(body.children.length, body.children.length + PAGE).map(row));
    update();
  });
  update();
  host.replaceChildren(table, h('div.after', {}, count, more));
}
