// The lineage page: the picture or the table, the drawer, time, exports; its address is its state.
import { createArranger } from '../lineage/arranger.js';
import { h, icon, plural, replace } from '../lineage/dom.js';
import { loadFindings, loadMeasured } from '../lineage/facts.js';
import { asCsv, asPng, asSvg, save } from '../lineage/files.js';
import { extend, forWorker, reach, readGraph, summary } from '../lineage/graph.js';
import { openBoxes } from '../lineage/open_boxes.js';
import { tones as tonesOf } from '../lineage/palette.js';
import { createPicture } from '../lineage/picture.js';
import { drawTable } from '../lineage/table.js';
import { lower, timeName } from '../lineage/words.js';
import { ask } from './api.js';
import { impactDrawer, productDrawer } from './drawer.js';
import { LINEAGE, fetchChanges, fetchDetails, fetchImpact, fetchLineage, fetchNeighbours, lineageVariables } from './lineage_data.js';
import { readState, writeState } from './lineage_state.js';
import { domainLink, graphiqlLink, productLink } from './links.js';

const NARROW = 760;
const MANY = 300; // products from which steps make the better columns
const ALL_LIMIT = 10_000; // with all that a card shows, the API's default limit of costs takes no more

let arranger = null;
let sliding = false; // the keyboard was on the slider when it left for another time

export async function lineagePage({ main, argument: urn, go, signal, onBack }) {
  main.className = 'lineage';
  const narrow = innerWidth <= NARROW;
  const state = readState(location.search, narrow);
  arranger ??= createArranger();
  const page = createPage({ main, urn, go, signal, narrow, state });
  const { pathname } = location;
  onBack(() => location.pathname === pathname && page.restore());
  await page.load();
  return `${page.name} · lineage`;
}

function createPage({ main, urn, go, signal, narrow, state }) {
  let graph = null;
  let tones = null;
  let details = null;
  let impact = null;
  let openProposals = [];
  const timing = { start: performance.now() };

  const bar = h('section.bar', { 'aria-label': 'This lineage' });
  const openBar = h('div.open-boxes', { role: 'group', 'aria-label': 'Open boxes', hidden: true });
  const stage = h('div.stage');
  const tableHost = h('section.table', { 'aria-label': 'Products of this lineage', tabindex: 0, hidden: true });
  const drawer = h('aside.drawer', { 'aria-label': 'Details', tabindex: 0, hidden: true });
  const foot = h('footer.time');
  const notice = h('div.notice', { role: 'status', hidden: true });
  replace(main, bar, openBar, h('div.body', {}, stage, tableHost, drawer), notice, foot);
  const picture = createPicture(stage, { select, open, fetch: fetchMore, moved: rememberView });
  picture.area.lineage = { screenOf: id => (graph?.index.has(id) ? picture.screenOf(graph.index.get(id)) : null), get graph() { return graph; }, get shown() { return picture.shown; }, get view() { return picture.view; }, setView: picture.setView, timing };
  const themed = () => picture.redraw();
  addEventListener('themechange', themed);
  signal.addEventListener('abort', () => removeEventListener('themechange', themed));

  const vOf = id => graph.index.get(id);
  const selected = () => (state.at ? (graph.nodes.findIndex(node => node.urn === state.at) ?? -1) : -1);
  const byOf = () => state.by ?? (graph.n > MANY && Math.max(...graph.nodes.map(node => node.distance)) < 12 ? 'steps' : 'flow');

  async function load() {
    const answer = await fetchLineage(urn, state, signal).catch(error => {
      if (state.asOf && error.codes?.includes('NOT_FOUND')) return null; // not at that time
      throw error;
    });
    if (!answer) {
      if (state.asOf) return showAbsent();
      throw new Error(`There is no product ${urn}.`);
    }
    timing.answer = performance.now();
    graph = readGraph(answer);
    if (!graph.n) return showAbsent();
    tones = tonesOf(graph.nodes.map(node => node.domain));
    for (const more of state.more) {
      const v = graph.nodes.findIndex(node => node.urn === more);
      if (v >= 0) await addNeighbours(v);
    }
    drawBar();
    await arrangeAndDraw(!state.see);
    if (state.see) picture.setView(state.see);
    drawFoot();
    timing.picture = await afterPaint();
    const v = selected();
    if (v >= 0) showProduct(v);
    if (state.mode === 'impact') await showImpact();
    loadFacts();
    loadTimes();
  }

  const afterPaint = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));

  function showAbsent() {
    graph = null;
    replace(bar, h('div.title', {}, h('h1', {}, urn.split(':').pop()), h('p.crumb', {}, urn)));
    replace(stage, h('div.message', { role: 'alert' }, h('h1', {}, state.asOf ? `It did not exist at ${timeName(state.asOf)}.` : 'There is nothing to show.'), h('a.button', { href: location.pathname }, 'Show it now')));
  }

  // What is measured is so now: a past graph shows what was promised.
  async function loadFacts() {
    const asking = (query, variables) => ask(query, variables, signal);
    const known = graph;
    try {
      await Promise.all([loadFindings(asking, known, state.asOf), state.asOf ? null : loadMeasured(asking, known)]);
      if (graph !== known) return;
      drawBar();
      picture.redraw();
      if (state.view === 'table') drawTableNow();
      document.documentElement.dataset.findings = '1';
    } catch (error) {
      if (error.name !== 'AbortError') say(`Compliance and quality are not known: ${error.message}`);
    }
  }

  async function loadTimes() {
    try {
      drawFoot(await fetchChanges(signal));
    } catch (error) {
      if (error.name !== 'AbortError') say(`Times of changes are not known: ${error.message}`);
    }
  }

  async function arrangeAndDraw(refit) {
    const keep = [selected(), ...state.more.map(more => graph.nodes.findIndex(node => node.urn === more))].filter(v => v >= 0);
    const by = byOf();
    const arranged = await arranger.arrange(forWorker(graph), { by, all: state.all, byDomain: state.group, keep, open: [...state.open] });
    if (!arranged || signal.aborted) return;
    drawOpenBar();
    showView();
    picture.draw(graph, arranged, { tones, by, all: state.all, selected: selected(), impact }, refit ? least() : undefined);
  }

  // The smallest zoom to begin with: names can still be read, unless everything is to be seen at once.
  const least = () => (innerWidth <= NARROW ? 0.8 : state.all ? 0 : 0.5);

  /** Puts the state into the address: as a new entry of the history, or in place of the present one. */
  function remember(entry) {
    const query = writeState(state, narrow);
    const address = query ? `${location.pathname}?${query}` : location.pathname;
    if (address === location.pathname + location.search) return;
    if (entry) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }

  // Where the user moved the view to; a view that was fitted follows from the rest of the state.
  let viewTimer = 0;
  function rememberView(view) {
    clearTimeout(viewTimer);
    viewTimer = setTimeout(() => {
      if (signal.aborted || !graph) return;
      state.see = { ...view };
      remember(false);
    }, 300);
  }

  function set(changes) {
    clearTimeout(viewTimer);
    Object.assign(state, changes);
    remember(true);
    drawBar();
  }

  /** After Back or Forward: shows the state of the address. False where that takes another lineage. */
  function restore() {
    const next = readState(location.search, narrow);
    const asked = ({ depth, max, direction, asOf, more }) => JSON.stringify([depth, max, direction, asOf, more]);
    if (!graph || asked(next) !== asked(state)) return false;
    clearTimeout(viewTimer);
    const drawn = ({ by, all, group, open }) => JSON.stringify([by, all, group, [...open]]);
    const before = drawn(state);
    const fitted = Boolean(state.see) && !next.see;
    Object.assign(state, next);
    const folded = selected() >= 0 && picture.shown.items[picture.shown.itemOf[selected()]]?.kind === 'box';
    drawBar();
    showState(folded || drawn(state) !== before, fitted);
    return true;
  }

  async function showState(changed, fitted) {
    if (state.mode !== 'impact') impact = null;
    if (changed) await arrangeAndDraw(!state.see);
    else {
      showView();
      picture.refresh({ impact, selected: selected() });
      if (fitted) picture.fit(least());
    }
    if (state.see) picture.setView(state.see);
    if (state.mode === 'impact') await showImpact();
    else if (selected() >= 0) await showProduct(selected());
    else drawer.hidden = true;
  }

  // Controls
  const toggle = (label, on, onclick, title) => h('button', { type: 'button', 'aria-pressed': String(on), title, onclick }, label);
  const group = (label, ...buttons) => h('div.segments', { role: 'group', 'aria-label': label }, buttons);

  function drawBar() {
    const focused = bar.contains(document.activeElement) ? document.activeElement.textContent : null;
    const root = graph.nodes[graph.root];
    const counts = summary(graph);
    const by = byOf();
    replace(
      bar,
      h('div.title', {}, h('p.crumb', {}, h('a', { href: domainLink(root.domain) }, root.domain), ` · owned by ${root.owner}`), h('h1', {}, h('a', { href: productLink(root.urn) }, root.name))),
      h(
        'p.facts',
        { role: 'status' },
        h('span', {}, h('b', {}, counts.up.toLocaleString('en')), ' upstream'),
        h('span', {}, h('b', {}, counts.down.toLocaleString('en')), ` downstream, ${plural(counts.domains, 'domain')}`),
        counts.findings === null ? h('span', {}, 'compliance…') : h('span', {}, h('b', {}, counts.findings.toLocaleString('en')), ' with findings'),
        counts.cycles ? h('span.cut', {}, plural(counts.cycles, 'cycle')) : null,
        counts.hidden ? h('span.cut', {}, `cut: ${plural(counts.hidden, 'neighbour')} left out (${counts.reasons.map(lower).join(', ') || 'limit'}) `, h('button.button.small', { type: 'button', onclick: fetchAll }, 'Fetch more')) : h('span.complete', {}, icon('check'), ' complete'),
      ),
      h(
        'div.tools',
        {},
        group('What to show', toggle('Lineage', state.mode === 'lineage', () => setMode('lineage')), toggle('Impact', state.mode === 'impact', () => setMode('impact'))),
        group('How to show it', toggle('Picture', state.view === 'picture', () => setView('picture')), toggle('Table', state.view === 'table', () => setView('table'))),
        narrow && state.view === 'table' ? null : group('Columns', toggle('By flow', by === 'flow', () => rearrange({ by: 'flow' }), 'Every edge points right'), toggle('By steps', by === 'steps', () => rearrange({ by: 'steps' }), 'Columns by the fewest steps from here')),
        narrow && state.view === 'table' ? null : h('button.button', { type: 'button', 'aria-pressed': String(state.group), onclick: () => rearrange({ group: !state.group, all: false }) }, 'Group by domain'),
        narrow && state.view === 'table' ? null : h('button.button', { type: 'button', 'aria-pressed': String(state.all), onclick: () => rearrange({ all: !state.all, group: false }) }, 'Show all'),
        exportMenu(),
      ),
    );
    if (focused) [...bar.querySelectorAll('button, summary')].find(button => button.textContent === focused)?.focus();
  }

  function exportMenu() {
    const svgText = () => asSvg(graph, picture.shown, { tones, bounds: picture.bounds(), element: main });
    const name = graph.nodes[graph.root].name;
    const item = (label, onclick) =>
      h('button', { type: 'button', onclick: async event => {
        event.currentTarget.closest('details').open = false;
        try {
          await onclick();
        } catch (error) {
          say(error.message);
        }
      } }, label);
    const copy = async (text, said) => {
      await navigator.clipboard.writeText(text);
      say(said);
    };
    return h('details.menu', {}, h('summary.button', {}, 'Export'), h('div', {},
      item('SVG picture', () => save(`${name}.svg`, new Blob([svgText()], { type: 'image/svg+xml' }))),
      item('PNG picture', async () => save(`${name}.png`, await asPng(svgText()))),
      item('CSV table', () => save(`${name}.csv`, new Blob([asCsv(graph)], { type: 'text/csv;charset=utf-8' }))),
      item('GraphQL query', () => save(`${name}.graphql`, new Blob([queryText()], { type: 'text/plain' }))),
      item('Copy the link', () => copy(location.href, 'The link is copied.'))));
  }

  const queryText = () => `${LINEAGE}\n\n# Variables:\n${JSON.stringify(lineageVariables(urn, state), null, 2).replaceAll(/^/gm, '# ')}\n`;

  function drawOpenBar() {
    openBar.hidden = !state.open.size || state.all;
    replace(openBar, openBoxes(state.open, reopen));
  }

  function reopen(key, value) {
    const next = new Map(state.open);
    if (value) next.set(key, value);
    else next.delete(key);
    rearrange({ open: next });
  }

  function open(key) {
    const parent = key.replace(/\|more$/, '');
    const current = state.open.get(parent);
    reopen(parent, { pages: (current?.pages ?? 0) + 1, find: current?.find ?? '' });
  }

  async function rearrange(changes) {
    const drawn = 'by' in changes || 'all' in changes || 'group' in changes;
    set({ ...changes, see: null, ...(drawn && { view: 'picture' }) });
    await arrangeAndDraw(true);
  }

  function setView(view) {
    set({ view });
    showView();
    if (view === 'picture') picture.fit(least());
  }

  function showView() {
    tableHost.hidden = state.view !== 'table';
    stage.hidden = state.view === 'table';
    if (state.view === 'table') drawTableNow();
  }

  const drawTableNow = () => drawTable(tableHost, graph, { selected: selected(), impact }, { select });

  async function setMode(mode) {
    set({ mode, change: mode === 'impact' ? state.change : null });
    if (mode === 'impact') await showImpact();
    else {
      impact = null;
      picture.refresh({ impact: null });
      if (selected() >= 0) showProduct(selected());
      else drawer.hidden = true;
      if (state.view === 'table') drawTableNow();
    }
  }

  function select(v) {
    if (v === null) return closeDrawer();
    const impactOf = state.mode === 'impact';
    set({ at: graph.nodes[v].urn, ...(impactOf && { change: null }) });
    if (impactOf) showImpact();
    else showProduct(v);
  }

  function closeDrawer() {
    const was = selected();
    set({ at: null, mode: 'lineage', change: null });
    impact = null;
    drawer.hidden = true;
    picture.refresh({ selected: -1, impact: null });
    if (state.view === 'table') drawTableNow();
    else if (was >= 0) picture.focus(was);
  }

  const on = {
    close: closeDrawer,
    fetch: v => fetchMore(v),
    impact: change => {
      set({ mode: 'impact', change });
      showImpact();
    },
    go: id => {
      if (!graph.index.has(id)) return say('That product is not in this graph.');
      picture.reveal(vOf(id));
      Object.assign(state, { mode: 'lineage', change: null });
      impact = null;
      picture.refresh({ impact: null });
      select(vOf(id));
    },
  };

  async function showProduct(v) {
    picture.refresh({ selected: v });
    if (state.view === 'table') drawTableNow();
    drawer.hidden = false;
    drawer.setAttribute('aria-label', 'Details');
    details = null;
    replace(drawer, productDrawer({ graph, v, details, tones, on }));
    try {
      const found = await fetchDetails(graph.nodes[v].id, signal);
      if (selected() !== v || state.mode !== 'lineage') return;
      details = found;
      replace(drawer, productDrawer({ graph, v, details, tones, on }));
      drawer.dataset.ready = graph.nodes[v].id;
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    }
  }

  // Impact: the API says whom a change breaks directly; the graph says who is made from those.
  async function showImpact() {
    const v = selected() >= 0 ? selected() : graph.root;
    const node = graph.nodes[v];
    drawer.hidden = false;
    drawer.setAttribute('aria-label', 'Impact');
    const chosen = state.change;
    const show = (found, choices) => replace(drawer, impactDrawer({ graph, v, impact: found, choices, change: chosen, tones, on }));
    show(null, [['', 'The product is gone']]);
    try {
      const found = await fetchDetails(node.id, signal);
      openProposals = found.changeRequests.nodes.filter(request => ['PENDING', 'APPROVED'].includes(request.status));
      const choices = [['', 'The product is gone'], ...(found.node.contract?.fields ?? []).map(field => [`field:${field.path}`, `Field ${field.path}`]), ...openProposals.map(request => [`request:${request.id}`, `Contract ${request.toVersion} (proposed)`])];
      if (chosen && !choices.some(([value]) => value === chosen)) choices.push([chosen, chosen]);
      const report = await fetchImpact(node.id, changeInput(chosen), signal);
      if (state.mode !== 'impact' || state.change !== chosen) return;
      // In a lineage of the past the same product has another id.
      for (const { product } of report.affectedConsumers) if (graph.index.has(product.urn)) product.id = graph.nodes[graph.index.get(product.urn)].id;
      const direct = report.affectedConsumers.filter(({ product }) => graph.index.has(product.id)).map(({ product }) => vOf(product.id));
      const steps = new Map([[v, 0]]);
      for (const [w, distance] of reach(direct, graph.outs)) if (w !== v) steps.set(w, distance + 1);
      impact = { steps, breaking: report.breaking, outside: report.affectedConsumers.length - direct.length, fields: new Map(report.affectedConsumers.map(({ product, fields }) => [product.id, fields])) };
      show(impact, choices);
      picture.refresh({ impact, selected: selected() });
      if (state.view === 'table') drawTableNow();
      drawer.dataset.ready = `impact ${node.id} ${chosen ?? ''}`;
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    }
  }

  function changeInput(change) {
    if (change?.startsWith('field:')) return { field: change.slice(6) };
    if (change?.startsWith('request:')) {
      const request = openProposals.find(({ id }) => id === change.slice(8));
      if (request) return { contract: request.proposedContract };
    }
    return { dropProduct: true };
  }

  async function addNeighbours(v) {
    const node = graph.nodes[v];
    const direction = node.distance ? node.direction : 'BOTH';
    const { near, edges, cycles } = await fetchNeighbours(node.id, graph.nodes.map(other => other.id), direction, state.asOf, signal);
    if (!edges) throw new Error('The graph is too large to add to; use “Fetch more”.');
    graph = extend(graph, node.id, near, edges, cycles);
    tones = tonesOf(graph.nodes.map(other => other.domain));
  }

  async function fetchMore(v) {
    const { urn: more, name } = graph.nodes[v];
    const before = graph.n;
    try {
      if (graph.n >= 900) return await fetchAll();
      await addNeighbours(v);
      set({ more: [...state.more.filter(known => known !== more), more] });
      await arrangeAndDraw(false);
      say(`${plural(graph.n - before, 'product')} more around ${name}.`);
      await loadFacts();
    } catch (error) {
      if (error.name !== 'AbortError') say(error.message);
    }
  }

  /** Lifts the limits: the whole depth first, then as many products as a page can have. */
  async function fetchAll() {
    if (state.depth !== null) set({ depth: null, more: [] });
    else if (state.max < ALL_LIMIT) set({ max: ALL_LIMIT, more: [] });
    else return say(`More than ${ALL_LIMIT.toLocaleString('en')} products are not fetched.`);
    state.see = null;
    await load();
  }

  // Time
  function drawFoot(changes = []) {
    const points = changes.map(({ at }) => at);
    const last = points.length;
    const at = state.asOf ? Math.max(0, points.filter(point => point <= state.asOf).length - 1) : last;
    const label = k => (k >= last ? 'now' : `${timeName(points[k], true)}: ${[...new Set(changes[k].actions)].map(action => action.replace(/([A-Z])/g, ' $1').toLowerCase()).join(', ')}`);
    const output = h('output', { for: 'asof' }, state.asOf && !last ? timeName(state.asOf, true) : label(at));
    const slider = h('input', { id: 'asof', type: 'range', min: 0, max: last, step: 1, disabled: !last, 'aria-valuetext': output.textContent, value: at });
    slider.addEventListener('input', () => {
      output.textContent = label(Number(slider.value));
      slider.setAttribute('aria-valuetext', output.textContent);
    });
    slider.addEventListener('change', () => {
      sliding = document.activeElement === slider;
      const k = Number(slider.value);
      const next = writeState({ ...state, asOf: k >= last ? null : points[k], more: [], see: null }, narrow);
      go(next ? `${location.pathname}?${next}` : location.pathname);
    });
    const open = foot.querySelector('details.query')?.open ?? false;
    const query = h('details.query', { open }, h('summary', {}, 'The query behind this view'), h('div', {}, h('pre', { tabindex: 0 }, queryText()), h('a.button', { href: graphiqlLink(LINEAGE, lineageVariables(urn, state)) }, 'Edit in GraphiQL')));
    replace(foot, h('label', { for: 'asof' }, 'As of'), slider, output, last ? h('span.under', {}, plural(last, 'change')) : null, h('span.spacer'), query);
    if (sliding && last) {
      slider.focus();
      sliding = false;
    }
    document.documentElement.dataset.times = String(last);
  }

  function say(text) {
    notice.textContent = text;
    notice.hidden = false;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => (notice.hidden = true), 6000);
  }

  return { load, restore, get name() { return graph ? graph.nodes[graph.root].name : urn.split(':').pop(); } };
}
