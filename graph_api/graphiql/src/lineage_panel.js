// The Lineage panel of GraphiQL: a summary of the lineage that was asked for, a small picture, and a large one in a dialog.
import './lineage/lineage.css';
import './lineage_panel.css';

import { createArranger } from './lineage/arranger.js';
import { h, icon, plural, replace } from './lineage/dom.js';
import { loadFindings, loadMeasured } from './lineage/facts.js';
import { forWorker, reach, readGraph, summary } from './lineage/graph.js';
import { openBoxes } from './lineage/open_boxes.js';
import { tones as tonesOf } from './lineage/palette.js';
import { createPicture } from './lineage/picture.js';
import { drawTable } from './lineage/table.js';
import { lower, qualityName, stepsName, typeName } from './lineage/words.js';
import { findLineages, isWhole, valueAt, wholeRequest } from './lineage_request.js';

const MANY = 300; // products from which steps make the better columns

/** A panel in `host`; `show(answer)` takes one of `lineageAnswers`. `prefix` stands before the explorer's addresses. */
export function openPanel(host, prefix) {
  const arranger = createArranger();
  let shown = null; // the latest answer that was drawn, since asking again takes a while
  let large = null;

  const say = (text, role = 'status') => replace(host, h('div.lineage-title', {}, 'Lineage'), h('p', { role }, text));

  async function show(answer) {
    shown = answer;
    if (!answer) return say('Run a query that asks for a lineage, such as the tab LineageOfAHub: it is drawn here.');
    const found = findLineages(answer.request, answer.data);
    if (!found.length) return say('The latest answer holds no lineage.');
    try {
      const graphs = found.every(({ graph }) => isWhole(graph)) ? found : await askAgain(answer.request, found);
      if (shown !== answer) return;
      const lineages = graphs.map(({ path, graph }) => ({ path, graph: readGraph(graph) })).filter(({ graph }) => graph.n);
      if (!lineages.length) return say('The lineage of this answer is empty.');
      await draw(answer.request, lineages, 0);
    } catch (error) {
      if (shown === answer) say(`The lineage cannot be drawn: ${error.message}`, 'alert');
    }
  }

  async function askAgain(request, found) {
    say('Asking for what the answer lacks…');
    const { query, variables } = wholeRequest(request);
    const data = await dataOf(request.send(query, variables));
    return found.map(({ path }) => ({ path, graph: valueAt(data, path) })).filter(({ graph }) => graph);
  }

  async function draw(request, lineages, k) {
    const { graph } = lineages[k];
    const tones = tonesOf(graph.nodes.map(node => node.domain));
    const stage = h('div.lineage-stage');
    const choose = event => draw(request, lineages, Number(event.target.value));
    const name = nameOf(graph);
    const root = graph.nodes[graph.root];
    const facts = h('div', { role: 'status' }, summaryOf(graph));
    replace(
      host,
      h('div.lineage-title', {}, 'Lineage'),
      lineages.length > 1 ? h('label.lineage-choice', {}, 'Of ', h('select', { onchange: choose }, lineages.map((lineage, i) => h('option', { value: i, selected: i === k }, `${nameOf(lineage.graph)} (${lineage.path.join('.')})`)))) : h('h2', {}, name),
      facts,
      stage,
      h('p.lineage-actions', {}, h('button', { type: 'button', onclick: () => openLarge() }, icon('fit'), ' Open large'), root?.urn ? h('a', { href: `${prefix}/explore/lineage/${encodeURIComponent(root.urn)}` }, 'Open in the explorer') : null),
      byDomain(graph, tones),
    );
    const by = columnsOf(graph);
    const picture = createPicture(stage, { select: v => openLarge(v) });
    const small = await arranger.arrange(forWorker(graph), { by, all: false, byDomain: false, keep: [], open: [] });
    if (!small) return;
    picture.draw(graph, small, { tones, by, all: false, selected: -1, impact: null }, 0);
    function openLarge(v = -1) {
      if (v === null) return;
      large = openDialog({ host, prefix, arranger, graph, tones, name, selected: v, closed: () => (large = null) });
    }
    const ask = (query, variables) => dataOf(request.send(query, variables));
    const redraw = () => {
      replace(facts, summaryOf(graph));
      picture.redraw();
      large?.redraw();
    };
    await Promise.all([loadFindings(ask, graph), loadMeasured(ask, graph)]).then(redraw, () => {}); // the picture stands without them
  }

  return {
    show,
    close() {
      large?.close();
      arranger.close();
    },
  };
}

async function dataOf(answer) {
  const { data, errors } = await answer;
  if (errors?.length) throw new Error(errors.map(({ message }) => message).join(' '));
  return data;
}

const columnsOf = graph => (graph.n > MANY && Math.max(...graph.nodes.map(node => node.distance)) < 12 ? 'steps' : 'flow');

const nameOf = graph => (graph.roots.length === 1 ? graph.nodes[graph.root].name : plural(graph.roots.length, 'product'));

function summaryOf(graph) {
  const counts = summary(graph);
  const number = value => h('b', {}, value.toLocaleString('en'));
  return [
    h('p', {}, number(counts.products), ` ${counts.products === 1 ? 'product' : 'products'}, `, number(counts.edges), ` ${counts.edges === 1 ? 'dependency' : 'dependencies'}, ${plural(counts.domains, 'domain')}`),
    graph.root < 0 ? null : h('p', {}, number(counts.up), ' upstream, ', number(counts.down), ' downstream'),
    counts.findings === null ? null : h('p', {}, number(counts.findings), ' with findings'),
    counts.cycles ? h('p.cut', {}, plural(counts.cycles, 'cycle')) : null,
    counts.hidden ? h('p.cut', {}, `cut: ${plural(counts.hidden, 'neighbour')} left out (${counts.reasons.map(lower).join(', ') || 'limit'})`) : h('p', {}, 'complete'),
  ];
}

function byDomain(graph, tones) {
  const counts = new Map();
  for (const { domain } of graph.nodes) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  const rows = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return h('table.lineage-domains', {}, h('caption', {}, 'By domain'), h('tbody', {}, rows.map(([domain, count]) => h('tr', {}, h('th', { scope: 'row' }, h('i', { style: { background: tones.of(domain) }, 'aria-hidden': 'true' }), domain), h('td', {}, count.toLocaleString('en'))))));
}

/** The large picture, with the choices of the explorer's. `close()` ends it. */
function openDialog({ host, prefix, arranger, graph, tones, name, selected, closed }) {
  const state = { view: 'picture', by: columnsOf(graph), all: false, group: false, open: new Map(), selected };
  const bar = h('header.lineage-bar');
  const boxes = h('div.open-boxes', { role: 'group', 'aria-label': 'Open boxes', hidden: true });
  const stage = h('div.lineage-stage');
  const rows = h('div.lineage-table', { tabindex: 0, role: 'region', 'aria-label': 'Products of this lineage', hidden: true });
  const details = h('aside.lineage-details', { 'aria-label': 'Details', hidden: true });
  const dialog = h('dialog.lineage-large', { 'aria-label': `Lineage of ${name}` }, bar, boxes, h('div.lineage-body', {}, stage, rows, details));
  host.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  const picture = createPicture(stage, { select, open });
  picture.area.lineage = { screenOf: id => (graph.index.has(id) ? picture.screenOf(graph.index.get(id)) : null), graph, get shown() { return picture.shown; } };

  async function arrange() {
    drawBar();
    const arranged = await arranger.arrange(forWorker(graph), { by: state.by, all: state.all, byDomain: state.group, keep: state.selected < 0 ? [] : [state.selected], open: [...state.open] });
    if (!arranged || !dialog.isConnected) return;
    boxes.hidden = !state.open.size || state.all;
    replace(boxes, openBoxes(state.open, reopen));
    picture.draw(graph, arranged, { tones, by: state.by, all: state.all, selected: state.selected, impact: null }, state.all ? 0 : 0.5);
  }

  function drawBar() {
    const focused = bar.contains(document.activeElement) ? document.activeElement.textContent : null;
    const toggle = (label, on, changes) => h('button', { type: 'button', 'aria-pressed': String(on), onclick: () => set(changes) }, label);
    const group = (label, ...buttons) => h('div.segments', { role: 'group', 'aria-label': label }, buttons);
    replace(
      bar,
      h('h2', {}, name),
      group('How to show it', toggle('Picture', state.view === 'picture', { view: 'picture' }), toggle('Table', state.view === 'table', { view: 'table' })),
      group('Columns', toggle('By flow', state.by === 'flow', { by: 'flow' }), toggle('By steps', state.by === 'steps', { by: 'steps' })),
      group('Folding', toggle('Group by domain', state.group, { group: !state.group, all: false }), toggle('Show all', state.all, { all: !state.all, group: false })),
      h('button', { type: 'button', onclick: () => dialog.close() }, icon('close'), ' Close'),
    );
    if (focused) [...bar.querySelectorAll('button')].find(button => button.textContent === focused)?.focus();
  }

  function set(changes) {
    Object.assign(state, { view: 'picture' }, changes);
    rows.hidden = state.view !== 'table';
    stage.hidden = state.view === 'table';
    if (state.view === 'table') {
      drawBar();
      drawRows();
    } else arrange();
  }

  const drawRows = () => drawTable(rows, graph, { selected: state.selected, impact: null }, { select });

  function open(key) {
    const parent = key.replace(/\|more$/, '');
    const current = state.open.get(parent);
    reopen(parent, { pages: (current?.pages ?? 0) + 1, find: current?.find ?? '' });
  }

  function reopen(key, value) {
    if (value) state.open.set(key, value);
    else state.open.delete(key);
    arrange();
  }

  function select(v) {
    if (v === null && state.selected < 0) return dialog.close();
    const was = state.selected;
    state.selected = v ?? -1;
    picture.refresh({ selected: state.selected });
    if (state.view === 'table') drawRows();
    details.hidden = v === null;
    if (v === null) picture.focus(was);
    else replace(details, detailsOf(graph, v, prefix, () => select(null)));
  }

  dialog.showModal();
  arrange().then(() => state.selected >= 0 && select(state.selected));
  return {
    close: () => dialog.close(),
    redraw() {
      picture.redraw();
      if (state.view === 'table') drawRows();
    },
  };
}

function detailsOf(graph, v, prefix, close) {
  const node = graph.nodes[v];
  const rows = [
    ['Domain', node.domain],
    ['Owner', node.owner],
    ['Type', node.type && typeName(node.type)],
    ['Status', node.status && lower(node.status)],
    ['Classification', node.classification ? lower(node.classification) : 'none'],
    ['Quality', qualityName(node.quality)],
    ['Findings', node.findings],
    ['Where', stepsName(node)],
    ['Reaches', `${reach([v], graph.outs).size - 1} downstream, ${reach([v], graph.ins).size - 1} upstream`],
    ['Left out', node.hidden ? `${plural(node.hidden, 'neighbour')} (${lower(node.reason ?? 'limit')})` : null],
  ].filter(([, value]) => value !== null && value !== undefined);
  const address = page => `${prefix}/explore/${page}/${encodeURIComponent(node.urn)}`;
  return [
    h('header', {}, h('h3', {}, node.name), h('button', { type: 'button', 'aria-label': 'Close details', onclick: close }, icon('close'))),
    h('dl', {}, rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    node.urn ? h('p.lineage-actions', {}, h('a', { href: address('product') }, 'Product page'), h('a', { href: address('lineage') }, 'Its lineage')) : null,
  ];
}
