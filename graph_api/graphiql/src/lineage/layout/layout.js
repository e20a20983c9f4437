// A layered layout, left to right: each rank is a column, edges over several columns bend around the cards between.
import { adjacency } from './adjacency.js';
import { orderLayers } from './order.js';
import { placeLayers } from './place.js';

const BEND_HEIGHT = 4;

/**
 * Places `n` nodes of given `rank`. Edges lead from `source[e]` to `target[e]`; those that don't lead to a higher rank
 * are ignored. Returns centres `x` and `y` in pixels, the root's column at x = 0, and `bends`: edge -> [[x, y], …].
 * `wrap`: a column of more nodes than that is set in several sub-columns, those of one `group[v]` one below the other. The
 * order ends early after `budget` ms.
 */
export function layout({ n, source, target, rank, root = -1, height = 64, gap = 14, column = 270, sweeps = 24, budget = 800, maxBends = 60000, wrap = 0, group = null }) {
  const started = performance.now();
  if (!n) return { x: new Float64Array(0), y: new Float64Array(0), bends: new Map(), crossings: 0 };
  const reach = longestBentSpan(source, target, rank, maxBends);
  const from = [];
  const to = [];
  const bendsOf = new Map();
  const layerOf = Array.from(rank);
  for (let e = 0; e < source.length; e++) {
    const span = rank[target[e]] - rank[source[e]];
    if (span < 1 || span > reach) continue;
    let at = source[e];
    const bends = [];
    for (let r = rank[at] + 1; r < rank[target[e]]; r++) {
      bends.push(layerOf.length);
      from.push(at);
      to.push(layerOf.length);
      at = layerOf.length;
      layerOf.push(r);
    }
    from.push(at);
    to.push(target[e]);
    if (bends.length) bendsOf.set(e, bends);
  }
  const total = layerOf.length;
  const columns = [...new Set(rank)].sort((a, b) => a - b);
  const slot = new Map(columns.map((r, i) => [r, i]));
  const layers = columns.map(() => []);
  for (let v = 0; v < total; v++) layers[slot.get(layerOf[v]) ?? nearestSlot(columns, layerOf[v])].push(v);
  const outs = adjacency(total, from, to);
  const ins = adjacency(total, to, from);
  const position = new Float64Array(total);
  const found = orderLayers({ layers, outs, ins, position, root, sweeps, deadline: started + budget, total });
  const y = new Float64Array(total);
  const heightOf = v => (v < n ? height : BEND_HEIGHT);
  placeLayers({ layers, outs, ins, y, height: heightOf, gap, deadline: started + budget * 1.5 });
  const x = new Float64Array(total);
  let left = 0;
  const wrapped = wrap > 0 && layers.some(layer => across(layer, n, wrap) > 1);
  for (const layer of layers) {
    if (wrapped) stack(layer, n, y, height + gap); // beside blocks, not where the long column would have been
    left = placeColumn(layer, { n, x, y, left, column, wrap, group, pitch: height + gap });
  }
  const shift = root < 0 ? 0 : x[root];
  for (let v = 0; v < total; v++) x[v] -= shift;
  const bends = new Map([...bendsOf].map(([e, list]) => [e, list.map(v => [x[v], y[v]])]));
  return { x, y, bends, crossings: found };
}

function nearestSlot(columns, rank) {
  let i = 0;
  while (i + 1 < columns.length && columns[i + 1] <= rank) i++;
  return i;
}

// Edges longer than this go without bends: with too many, ordering takes seconds and the picture gains nothing.
function longestBentSpan(source, target, rank, most) {
  const spans = new Map();
  for (let e = 0; e < source.length; e++) {
    const span = rank[target[e]] - rank[source[e]];
    if (span > 1) spans.set(span, (spans.get(span) ?? 0) + 1);
  }
  let bends = 0;
  for (const span of [...spans.keys()].sort((a, b) => a - b)) {
    bends += spans.get(span) * (span - 1);
    if (bends > most) return span - 1;
  }
  return Infinity;
}

// In how many sub-columns a column of that many nodes is set.
const across = (layer, n, wrap) => (wrap ? Math.max(1, Math.ceil(layer.filter(v => v < n).length / wrap)) : 1);

function stack(layer, n, y, pitch) {
  const nodes = layer.filter(v => v < n);
  nodes.forEach((v, k) => (y[v] = (k - (nodes.length - 1) / 2) * pitch));
}

function placeColumn(layer, { n, x, y, left, column, wrap, group, pitch }) {
  const nodes = layer.filter(v => v < n);
  const columns = across(layer, n, wrap);
  const narrow = column * 0.84;
  for (const v of layer) x[v] = left + ((columns - 1) * narrow) / 2;
  if (columns > 1) {
    const rows = Math.ceil(nodes.length / columns);
    if (group) nodes.sort((a, b) => (group[a] < group[b] ? -1 : group[a] > group[b] ? 1 : 0)); // stable: else in their order
    nodes.forEach((v, k) => {
      x[v] = left + Math.floor(k / rows) * narrow;
      y[v] = ((k % rows) - (rows - 1) / 2) * pitch;
    });
  }
  return left + column + (columns - 1) * narrow;
}
