// "Show all": thousands of cards on a canvas. A picture of what is near is kept and moved; it is drawn anew at rest.
import { h, isDark } from './dom.js';
import { CARD_HEIGHT, CARD_WIDTH } from './sizes.js';

const REST_MS = 120;
const HALF_W = CARD_WIDTH / 2;
const HALF_H = CARD_HEIGHT / 2;
const COARSE = 0.22; // the zoom below which cards are bars without words
const MARGIN = 0.35; // of the view's size, kept beyond each border

export function createCanvasLayer() {
  const base = h('canvas');
  const top = h('canvas');
  const element = h('div.canvas', { 'aria-hidden': 'true', hidden: true }, base, top);
  const kept = new OffscreenCanvas(1, 1);
  let graph = null;
  let picture = null;
  let options = null;
  let view = { x: 0, y: 0, z: 1 };
  let keptView = null;
  let marks = null;
  let breaks = false;
  let selected = -1;
  let timer = 0;
  let grid = null;
  let stripes = [];

  function size() {
    const ratio = Math.min(2, devicePixelRatio);
    const width = Math.round(element.clientWidth * ratio);
    const height = Math.round(element.clientHeight * ratio);
    for (const canvas of [base, top]) if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return { width, height, ratio };
  }

  function draw(nextGraph, nextPicture, nextOptions) {
    [graph, picture, options] = [nextGraph, nextPicture, nextOptions];
    grid = gridOf(picture.items);
    stripes = stripesOf(picture.items);
    keptView = null;
    marks = null;
    element.hidden = false;
    paint();
  }

  function move(next) {
    view = { ...next };
    if (!picture || element.hidden) return;
    paint();
    clearTimeout(timer);
    timer = setTimeout(() => {
      keptView = null;
      paint();
    }, REST_MS);
  }

  function paint() {
    const { width, height, ratio } = size();
    if (!width || !height) return;
    if (!keptView || outside(width, height, ratio)) keep(width, height, ratio);
    const context = base.getContext('2d');
    const scale = view.z / keptView.z;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (view.x - keptView.x * scale) * ratio - width * MARGIN * scale;
    const y = (view.y - keptView.y * scale) * ratio - height * MARGIN * scale;
    context.drawImage(kept, x, y, kept.width * scale, kept.height * scale);
    paintTop(width, height, ratio);
  }

  // Whether the kept picture no longer covers the view, or is too coarse for it.
  function outside(width, height, ratio) {
    const scale = view.z / keptView.z;
    if (scale > 2.2 || scale < 0.35) return true;
    const x = (view.x - keptView.x * scale) * ratio - width * MARGIN * scale;
    const y = (view.y - keptView.y * scale) * ratio - height * MARGIN * scale;
    if (scale < 1) return false; // a border of background until the view rests
    return x > 0 || y > 0 || x + kept.width * scale < width || y + kept.height * scale < height;
  }

  function keep(width, height, ratio) {
    keptView = { ...view };
    kept.width = Math.round(width * (1 + 2 * MARGIN));
    kept.height = Math.round(height * (1 + 2 * MARGIN));
    const context = kept.getContext('2d');
    context.setTransform(ratio * view.z, 0, 0, ratio * view.z, view.x * ratio + width * MARGIN, view.y * ratio + height * MARGIN);
    const seen = {
      left: (-width * MARGIN / ratio - view.x) / view.z,
      right: (width * (1 + MARGIN) / ratio - view.x) / view.z,
      top: (-height * MARGIN / ratio - view.y) / view.z,
      bottom: (height * (1 + MARGIN) / ratio - view.y) / view.z,
    };
    const dark = isDark(element);
    paintEdges(context, picture.edges, seen, dark ? '#4a576b' : '#b9c2d0', Math.min(0.5, 160 / Math.sqrt(picture.edges.length + 1) / 10));
    for (const item of picture.items) if (isSeen(item, seen)) paintCard(context, item, dark, false);
    if (view.z < COARSE) paintNames(context, dark);
  }

  // Names of domains along their stripes, where there is room.
  function paintNames(context, dark) {
    const size = Math.min(13 / view.z, CARD_WIDTH * 0.8);
    if (size * view.z < 9) return;
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    context.lineWidth = size / 2.5;
    context.strokeStyle = dark ? '#0f1319' : '#ffffff';
    context.fillStyle = dark ? '#e9edf4' : '#161c26';
    for (const { domain, x, y, length } of stripes) {
      if (context.measureText(domain).width > length - size) continue;
      context.save();
      context.translate(x, y);
      context.rotate(-Math.PI / 2);
      context.strokeText(domain, 0, 0);
      context.fillText(domain, 0, 0);
      context.restore();
    }
    context.textAlign = 'start';
    context.textBaseline = 'alphabetic';
  }

  function paintEdges(context, edges, seen, colour, alpha, width = 1.2) {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = Math.max(width, 0.6 / view.z);
    context.beginPath();
    for (const edge of edges) {
      const a = picture.items[edge.from];
      const b = picture.items[edge.to];
      if (Math.max(a.x, b.x) < seen.left || Math.min(a.x, b.x) > seen.right || Math.max(a.y, b.y) < seen.top || Math.min(a.y, b.y) > seen.bottom) continue;
      const reach = Math.max(24, (b.x - a.x - CARD_WIDTH) / 2);
      context.moveTo(a.x + HALF_W, a.y);
      context.bezierCurveTo(a.x + HALF_W + reach, a.y, b.x - HALF_W - reach, b.y, b.x - HALF_W, b.y);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  function paintCard(context, item, dark, strong) {
    const x = item.x - HALF_W;
    const y = item.y - HALF_H;
    const node = graph.nodes[item.members[0]];
    const tone = options.tones.of(item.domain, dark);
    if (view.z < COARSE) {
      context.fillStyle = tone;
      context.fillRect(x, y, CARD_WIDTH, CARD_HEIGHT);
      return;
    }
    context.fillStyle = dark ? '#181e27' : '#ffffff';
    context.fillRect(x, y, CARD_WIDTH, CARD_HEIGHT);
    context.strokeStyle = strong ? tone : dark ? '#2b3442' : '#d3d9e2';
    context.lineWidth = strong ? 3 : 1;
    context.strokeRect(x, y, CARD_WIDTH, CARD_HEIGHT);
    context.fillStyle = tone;
    context.fillRect(x, y, 5, CARD_HEIGHT);
    const near = view.z >= 0.7;
    context.fillStyle = dark ? '#a5b0c2' : '#566173';
    context.font = near ? '12px system-ui, sans-serif' : '16px system-ui, sans-serif';
    context.fillText(cut(context, item.domain ?? '', CARD_WIDTH - 26), x + 15, y + (near ? 19 : 24));
    context.fillStyle = dark ? '#e9edf4' : '#161c26';
    context.font = near ? '600 14px system-ui, sans-serif' : '600 21px system-ui, sans-serif';
    context.fillText(cut(context, node.name, CARD_WIDTH - 26), x + 15, y + (near ? 38 : 50));
    if (node.findings) {
      context.fillStyle = dark ? '#ff8f8f' : '#c62a2f';
      context.beginPath();
      context.arc(x + CARD_WIDTH - 14, y + 14, 5, 0, 7);
      context.fill();
    }
  }

  function paintTop(width, height, ratio) {
    const context = top.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!marks && selected < 0) return;
    const dark = isDark(element);
    if (marks) {
      context.fillStyle = dark ? '#0f1319cc' : '#f6f7f9cc';
      context.fillRect(0, 0, width, height);
    }
    context.setTransform(ratio * view.z, 0, 0, ratio * view.z, view.x * ratio, view.y * ratio);
    const seen = { left: -view.x / view.z, right: (width / ratio - view.x) / view.z, top: -view.y / view.z, bottom: (height / ratio - view.y) / view.z };
    const colour = breaks ? (dark ? '#ff8f8f' : '#c62a2f') : dark ? '#7da2ff' : '#2f5fe0';
    if (marks) {
      paintEdges(context, [...marks.edges].map(e => picture.edges[e]), seen, colour, marks.edges.size > 2000 ? 0.25 : 0.7, 1.6);
      for (const i of marks.items) if (isSeen(picture.items[i], seen)) paintCard(context, picture.items[i], dark, true);
    }
    if (selected >= 0 && picture.items[selected]) {
      const item = picture.items[selected];
      context.strokeStyle = dark ? '#7da2ff' : '#2f5fe0';
      context.lineWidth = 3 / Math.min(1, view.z);
      context.strokeRect(item.x - HALF_W - 3, item.y - HALF_H - 3, CARD_WIDTH + 6, CARD_HEIGHT + 6);
    }
  }

  const isSeen = (item, seen) => item.x + HALF_W >= seen.left && item.x - HALF_W <= seen.right && item.y + HALF_H >= seen.top && item.y - HALF_H <= seen.bottom;

  function itemAt(event, area) {
    const box = area.getBoundingClientRect();
    const x = (event.clientX - box.left - view.x) / view.z;
    const y = (event.clientY - box.top - view.y) / view.z;
    for (const i of near(grid, x, y)) {
      const item = picture.items[i];
      if (Math.abs(item.x - x) <= HALF_W && Math.abs(item.y - y) <= HALF_H) return i;
    }
    return null;
  }

  function highlight(nextMarks, nextBreaks, nextSelected) {
    [marks, breaks, selected] = [nextMarks, nextBreaks, nextSelected ?? -1];
    if (!picture) return;
    const { width, height, ratio } = size();
    paintTop(width, height, ratio);
  }

  return { element, draw, move, itemAt, highlight };
}

// Items by the cell of a grid that holds their centre; cells are as large as a card, so four neighbours suffice.
function gridOf(items) {
  const cells = new Map();
  items.forEach((item, i) => {
    const key = cell(item.x, item.y);
    cells.set(key, [...(cells.get(key) ?? []), i]);
  });
  return cells;
}

/** For each column and domain its longest vertical row of cards: `{ domain, x, y, length }`, its middle and height. */
function stripesOf(items) {
  const runs = new Map();
  for (const { domain, rank, x, y } of items) {
    const key = `${rank} ${x} ${domain}`;
    const run = runs.get(key) ?? { domain: domain ?? '', rank, x, top: y, bottom: y };
    run.top = Math.min(run.top, y);
    run.bottom = Math.max(run.bottom, y);
    runs.set(key, run);
  }
  const longest = new Map();
  for (const { domain, rank, x, top, bottom } of runs.values()) {
    const key = `${rank} ${domain}`;
    const length = bottom - top + CARD_HEIGHT;
    if (length > (longest.get(key)?.length ?? 0)) longest.set(key, { domain, x, y: (top + bottom) / 2, length });
  }
  return [...longest.values()];
}

const cell = (x, y) => `${Math.round(x / CARD_WIDTH)},${Math.round(y / CARD_HEIGHT)}`;

function near(grid, x, y) {
  const found = [];
  for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) found.push(...(grid.get(cell(x + dx * CARD_WIDTH, y + dy * CARD_HEIGHT)) ?? []));
  return found;
}

const widths = new Map();

// The text with an ellipsis where it is too long.
function cut(context, text, most) {
  const key = `${context.font}${text}`;
  if (widths.has(key)) return widths.get(key);
  let shown = text;
  if (context.measureText(text).width > most) {
    let length = text.length;
    while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > most) length--;
    shown = `${text.slice(0, length)}…`;
  }
  if (widths.size > 20000) widths.clear();
  widths.set(key, shown);
  return shown;
}
