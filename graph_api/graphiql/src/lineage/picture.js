// The lineage picture: cards and edges that can be panned, zoomed, walked by keyboard and lit up.
import { boxCard, productCard } from './cards.js';
import { createCanvasLayer } from './canvas.js';
import { h, icon, svg } from './dom.js';
import { edgePath, edgeWidth } from './edges.js';
import { impactMarks, pathsThrough } from './highlight.js';
import { drawMinimap } from './minimap.js';
import { CARD_HEIGHT, CARD_WIDTH, COLUMN } from './sizes.js';
import { createViewport } from './viewport.js';

const PADDING = 48;
const FAR = 0.7;
const FARTHER = 0.54;
const TINY = 0.3;
const COUNTED = 5; // dependencies from which a bundle carries its count
const LABELS = 14; // counts between two columns, beyond which they would cover each other

/**
 * A picture in `host`. `on.select(v)` opens a product, `on.open(key)` a box, `on.fetch(v)` asks for hidden neighbours,
 * `on.moved(view)` follows the view where the user moves it. `draw(graph, picture, options, least)` shows what the worker
 * arranged, fitted as by `fit(least)` unless `least` is left out.
 */
export function createPicture(host, on) {
  const heads = h('div.heads', { 'aria-hidden': 'true' });
  const edgeLayer = svg('svg.edges', { 'aria-hidden': 'true' });
  const cardLayer = h('div.cards');
  const world = h('div.world', {}, edgeLayer, cardLayer);
  const canvas = createCanvasLayer();
  const hint = h('div.hint', { hidden: true, 'aria-hidden': 'true' });
  const mini = h('canvas.minimap', { width: 200, height: 90, 'aria-hidden': 'true' });
  const tool = (label, name, onclick) => h('button', { type: 'button', 'aria-label': label, title: label, onclick }, icon(name));
  const zoomTools = h('div.zoom', { role: 'group', 'aria-label': 'Zoom' }, tool('Zoom in', 'plus', () => port.zoom(1.25)), tool('Zoom out', 'minus', () => port.zoom(0.8)), tool('Fit all', 'fit', fitAll));
  const area = h('div.picture', { role: 'group', 'aria-roledescription': 'lineage graph', 'aria-label': 'Lineage graph. Arrow keys follow the edges, Enter opens a product or a box.' }, canvas.element, world, heads, hint, mini, zoomTools);
  host.append(area);

  let graph = null;
  let shown = { items: [], edges: [], itemOf: [] };
  let options = {};
  let cards = [];
  let paths = [];
  let hover = null;
  let fitted = false; // the view's next change is ours, not the user's
  const port = createViewport(area, view => {
    onView(view);
    if (!fitted) on.moved?.(view);
    fitted = false;
  });
  const fitTo = view => {
    fitted = true;
    port.set(view);
  };

  function fitAll() {
    fit();
    fitted = false;
  }

  function onView(view) {
    world.classList.toggle('far', view.z < FAR);
    world.classList.toggle('farther', view.z < FARTHER && view.z >= TINY);
    world.classList.toggle('tiny', view.z < TINY);
    world.style.transform = `translate(${view.x}px,${view.y}px) scale(${view.z})`;
    drawHeads();
    if (options.all) canvas.move(view);
    drawMinimap(mini, shown, view, area, options.tones);
  }

  function draw(nextGraph, picture, nextOptions, least) {
    graph = nextGraph;
    shown = picture;
    options = nextOptions;
    hover = null;
    if (least !== undefined) fit(least); // before there are cards: it measures, which would lay them out once more
    area.classList.toggle('all', Boolean(options.all));
    canvas.element.hidden = !options.all;
    if (options.all) {
      cards = [];
      paths = [];
      cardLayer.replaceChildren();
      edgeLayer.replaceChildren();
      canvas.draw(graph, picture, options);
    } else drawElements();
    refresh();
  }

  function drawElements() {
    const { items, edges } = shown;
    world.classList.toggle('many', edges.length > 400);
    cards = items.map((item, i) => {
      const tone = options.tones.of(item.domain);
      const card = item.kind === 'box' ? boxCard(item, { nodes: graph.nodes, number: i, tone }) : productCard(graph.nodes[item.members[0]], { item: i, tone, root: item.members[0] === graph.root });
      card.style.left = `${item.x - CARD_WIDTH / 2}px`;
      card.style.top = `${item.y - CARD_HEIGHT / 2}px`;
      return card;
    });
    paths = edges.map(edge => {
      const back = items[edge.to].rank <= items[edge.from].rank;
      const path = svg('path', { d: edgePath(edge, items) });
      path.classList.toggle('faint', Boolean(edge.faint));
      path.classList.toggle('bundle', edge.count > 1);
      path.classList.toggle('observed', edge.observed);
      path.classList.toggle('cycle', edge.cycle && back);
      path.classList.toggle('back', back && !edge.cycle);
      if (edge.count > 1) path.style.strokeWidth = edgeWidth(edge.count);
      if (edge.count > 1) path.append(svg('title', {}, `${edge.count} dependencies`));
      return path;
    });
    cardLayer.replaceChildren(...cards, ...items.map(moreButton).filter(Boolean));
    const between = new Map();
    for (const edge of edges) if (edge.count >= COUNTED) between.set(items[edge.from].rank, (between.get(items[edge.from].rank) ?? 0) + 1);
    const labels = edges.filter(edge => between.get(items[edge.from].rank) <= LABELS).map(countLabel);
    edgeLayer.replaceChildren(...paths, ...labels.filter(Boolean));
    const first = shown.itemOf[options.selected ?? graph.root] ?? 0;
    if (cards[first]) cards[first].tabIndex = 0;
  }

  function moreButton(item) {
    const node = item.kind === 'card' ? graph.nodes[item.members[0]] : null;
    if (!node?.hidden || !on.fetch) return null;
    const button = h('button.more', { type: 'button', 'aria-label': `Fetch ${node.hidden} more neighbours of ${node.name}`, title: `Left out: ${node.reason ?? 'limit'}`, onclick: () => on.fetch(item.members[0]) }, `+${node.hidden.toLocaleString('en')}`);
    button.style.left = `${item.x + (node.direction === 'UPSTREAM' ? -CARD_WIDTH / 2 - 14 : CARD_WIDTH / 2 - 26)}px`;
    button.style.top = `${item.y + CARD_HEIGHT / 2 - 12}px`;
    return button;
  }

  function countLabel(edge) {
    const a = shown.items[edge.from];
    const b = shown.items[edge.to];
    if (edge.count < COUNTED || edge.faint || b.rank !== a.rank + 1) return null;
    return svg('text', { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + 4 }, edge.count.toLocaleString('en'));
  }

  /** Shows selection, hover and impact anew. */
  function refresh(changes = {}) {
    Object.assign(options, changes);
    const { items } = shown;
    const impact = options.impact;
    const marks = hover !== null && items[hover] ? pathsThrough(graph, shown, hover) : impact ? impactMarks(shown, impact.steps) : null;
    const breaks = Boolean(impact) && hover === null;
    if (options.all) canvas.highlight(marks, breaks, shown.itemOf[options.selected]);
    const selected = shown.itemOf[options.selected];
    cards.forEach((card, i) => {
      card.classList.toggle('dim', Boolean(marks) && !marks.items.has(i));
      card.classList.toggle('selected', i === selected && items[i].kind === 'card');
      const steps = breaks && marks.items.has(i) ? Math.min(...items[i].members.map(v => impact.steps.get(v) ?? Infinity)) : 0;
      card.classList.toggle('breaks', steps > 0);
      if (steps > 0) card.dataset.steps = steps === 1 ? 'direct' : `${steps} steps`;
    });
    paths.forEach((path, e) => {
      const on_ = marks?.edges.has(e);
      path.classList.toggle('dim', Boolean(marks) && !on_);
      path.classList.toggle('lit', Boolean(on_) && !breaks);
      path.classList.toggle('hit', Boolean(on_) && breaks);
    });
  }

  function bounds() {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { x, y } of shown.items) {
      left = Math.min(left, x - CARD_WIDTH / 2);
      right = Math.max(right, x + CARD_WIDTH / 2);
      top = Math.min(top, y - CARD_HEIGHT / 2);
      bottom = Math.max(bottom, y + CARD_HEIGHT / 2);
    }
    return { left, top, width: right - left, height: bottom - top };
  }

  /** Shows everything, but not smaller than `least`: then the root's surroundings. */
  function fit(least = 0) {
    if (!shown.items.length) return;
    const box = bounds();
    const width = area.clientWidth;
    const height = area.clientHeight;
    const z = Math.min((width - PADDING) / box.width, (height - 2 * PADDING) / box.height, 1.1);
    if (z >= least) {
      fitTo({ z, x: (width - box.width * z) / 2 - box.left * z, y: (height - box.height * z) / 2 - box.top * z + 8 });
      return;
    }
    const centre = shown.items[shown.itemOf[options.selected ?? graph.root] ?? 0];
    let x = width * (width < 700 ? 0.5 : 0.32) - centre.x * least;
    const right = (box.left + box.width) * least + x;
    if (right < width - 24) x += width - 24 - right;
    const left = box.left * least + x;
    if (left > 24) x -= left - 24;
    if (box.width * least < width - 48) x = (width - box.width * least) / 2 - box.left * least;
    const y = box.height * least < height - 2 * PADDING ? (height - box.height * least) / 2 - box.top * least + 8 : height / 2 - centre.y * least;
    fitTo({ z: least, x, y });
  }

  /** Moves the view as little as needed to show an item. */
  function reveal(i) {
    const item = shown.items[i];
    if (!item) return;
    const { x, y, z } = port.view;
    const inside = (at, size, from, to) => (at < from ? from - at : at + size > to ? to - at - size : 0);
    port.set({
      x: x + inside((item.x - CARD_WIDTH / 2) * z + x, CARD_WIDTH * z, 20, area.clientWidth - 20),
      y: y + inside((item.y - CARD_HEIGHT / 2) * z + y, CARD_HEIGHT * z, 44, area.clientHeight - 20),
    });
  }

  function drawHeads() {
    const { x, z } = port.view;
    if (!graph || graph.root < 0 || options.all) return heads.replaceChildren();
    const columns = new Map();
    for (const item of shown.items) {
      const column = columns.get(item.rank) ?? { x: item.x, count: 0 };
      column.count += item.members.length;
      columns.set(item.rank, column);
    }
    const roomy = COLUMN * z > 112;
    const title = (rank, count) => {
      if (rank === 0) return 'here';
      if (options.by === 'steps') return `${Math.abs(rank)} ${COLUMN * z < 170 ? '' : Math.abs(rank) > 1 ? 'steps ' : 'step '}${rank < 0 ? 'up' : 'down'} · ${count.toLocaleString('en')}`;
      return Math.abs(rank) > 1 ? count.toLocaleString('en') : `${rank < 0 ? '◂ upstream' : 'downstream ▸'} · ${count.toLocaleString('en')}`;
    };
    const visible = [...columns].filter(([rank, column]) => (roomy || rank === 0) && column.x * z + x > 30 && column.x * z + x < area.clientWidth - 30);
    heads.replaceChildren(...visible.map(([rank, column]) => h(rank === 0 ? 'span.here' : 'span', { style: { left: `${column.x * z + x}px` } }, title(rank, column.count))));
  }

  function setHover(i) {
    if (i === hover) return;
    hover = i;
    refresh();
  }

  function focusItem(i) {
    if (i === undefined || !cards[i]) return;
    for (const card of cards) card.tabIndex = -1;
    cards[i].tabIndex = 0;
    cards[i].focus({ preventScroll: true });
    reveal(i);
  }

  // Arrow keys: right and left follow edges, up and down stay in the column.
  function neighbour(i, key) {
    const { items, edges } = shown;
    const nearest = list => list.sort((a, b) => Math.abs(items[a].rank - items[i].rank) - Math.abs(items[b].rank - items[i].rank) || Math.abs(items[a].y - items[i].y) - Math.abs(items[b].y - items[i].y))[0];
    if (key === 'ArrowRight') return nearest(edges.filter(edge => edge.from === i).map(edge => edge.to));
    if (key === 'ArrowLeft') return nearest(edges.filter(edge => edge.to === i).map(edge => edge.from));
    const way = key === 'ArrowDown' ? 1 : -1;
    return nearest([...items.keys()].filter(k => items[k].rank === items[i].rank && (items[k].y - items[i].y) * way > 0));
  }

  cardLayer.addEventListener('click', event => {
    const card = event.target.closest('.card');
    if (!card) return;
    const item = shown.items[Number(card.dataset.item)];
    if (item.kind === 'box') on.open?.(item.key);
    else on.select?.(item.members[0]);
  });
  cardLayer.addEventListener('keydown', event => {
    const card = event.target.closest('.card');
    if (!card) return;
    if (event.key === 'Escape') on.select?.(null);
    else if (event.key === 'Home') focusItem(shown.itemOf[graph.root]);
    else if (event.key.startsWith('Arrow')) focusItem(neighbour(Number(card.dataset.item), event.key));
    else return;
    event.preventDefault();
  });
  cardLayer.addEventListener('focusin', event => {
    const card = event.target.closest('.card');
    if (card?.matches(':focus-visible')) setHover(Number(card.dataset.item));
  });
  cardLayer.addEventListener('focusout', () => setHover(null));
  area.addEventListener('pointermove', event => {
    if (event.buttons) return;
    const card = event.target.closest?.('.card');
    const i = options.all ? canvas.itemAt(event, area) : card ? Number(card.dataset.item) : null;
    setHover(i);
    if (options.all) showHint(i, event);
  });
  area.addEventListener('pointerleave', () => {
    setHover(null);
    hint.hidden = true;
  });
  area.addEventListener('click', event => {
    if (!options.all || event.target.closest('button')) return;
    const i = canvas.itemAt(event, area);
    if (i !== null) on.select?.(shown.items[i].members[0]);
  });
  mini.addEventListener('pointerdown', event => {
    const box = bounds();
    const scale = Math.min(192 / box.width, 82 / box.height);
    const place = mini.getBoundingClientRect(); // small windows show it smaller
    const x = box.left + (((event.clientX - place.left) / place.width) * 200 - (200 - box.width * scale) / 2) / scale;
    const y = box.top + (((event.clientY - place.top) / place.height) * 90 - (90 - box.height * scale) / 2) / scale;
    port.set({ x: area.clientWidth / 2 - x * port.view.z, y: area.clientHeight / 2 - y * port.view.z });
    event.stopPropagation();
  });
  new ResizeObserver(() => graph && onView(port.view)).observe(area);

  function showHint(i, event) {
    hint.hidden = i === null;
    if (i === null) return;
    const node = graph.nodes[shown.items[i].members[0]];
    const box = area.getBoundingClientRect();
    hint.textContent = `${node.domain} · ${node.name}`;
    hint.style.left = `${Math.min(event.clientX - box.left + 14, box.width - 220)}px`;
    hint.style.top = `${Math.min(event.clientY - box.top + 14, box.height - 36)}px`;
  }

  /** The place of a product on the screen: `{ x, y, width, height }` in page pixels; null while it is folded. */
  function screenOf(v) {
    const item = shown.items[shown.itemOf[v]];
    if (!item || item.kind === 'box') return null;
    const box = area.getBoundingClientRect();
    const { x, y, z } = port.view;
    return { x: box.left + item.x * z + x, y: box.top + item.y * z + y, width: CARD_WIDTH * z, height: CARD_HEIGHT * z };
  }

  return {
    area,
    draw,
    refresh,
    fit,
    reveal: v => reveal(shown.itemOf[v]),
    focus: v => focusItem(shown.itemOf[v]),
    screenOf,
    bounds,
    redraw: () => graph && draw(graph, shown, options),
    get view() {
      return { ...port.view };
    },
    setView: fitTo,
    get shown() {
      return shown;
    },
  };
}
