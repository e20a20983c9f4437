// From a graph to a picture's items and edges with their places: folding, ranks and layout. Pure; runs in the worker.
import { bundle, findChains, fold, markFaint } from './fold.js';
import { layout } from './layout/layout.js';
import { flowRanks, stepRanks } from './layout/ranks.js';
import { CARD_HEIGHT, COLUMN, GAP } from './sizes.js';

// Larger pictures are ordered for so long; smaller ones to the end, so that the same graph always looks the same.
const MANY = 300;
const BUDGET_MS = 800;

/**
 * `graph`: `{ n, source, target, root, distance, upstream, domain, name, cyclic, observed }`; `view`: `{ by: 'flow' |
 * 'steps', all, byDomain, keep: [v], open: [[key, { pages, find }]] }`. Returns `{ items, edges }` with centres x, y.
 */
export function arrange(graph, view) {
  return view.all ? arrangeAll(graph, view) : arrangeFolded(graph, view);
}

function arrangeFolded(graph, view) {
  const open = new Map(view.open);
  const keep = new Set([...view.keep, ...(graph.root >= 0 ? [graph.root] : [])]);
  const chains = view.by === 'steps' ? [] : findChains(graph.n, graph.source, graph.target, keep).filter(chain => !open.has(`chain|${chain[0]}`));
  const rank = view.by === 'steps' ? stepRanks(graph.distance, graph.upstream) : ranksWithChains(graph, chains);
  const { items, itemOf } = fold({ ...graph, rank, keep, open, chains, byDomain: view.byDomain });
  const edges = bundle(graph.source, graph.target, itemOf, graph);
  markFaint(items, edges);
  const forward = edges.filter(edge => items[edge.to].rank > items[edge.from].rank);
  const placed = layout({
    n: items.length,
    source: forward.map(edge => edge.from),
    target: forward.map(edge => edge.to),
    rank: items.map(item => item.rank),
    root: graph.root < 0 ? -1 : itemOf[graph.root],
    height: CARD_HEIGHT,
    gap: GAP,
    column: COLUMN,
    maxBends: edges.length > 400 ? 0 : 60000,
    budget: items.length > MANY ? BUDGET_MS : Infinity,
  });
  place(items, placed);
  forward.forEach((edge, e) => {
    edge.bends = placed.bends.get(e);
  });
  return { items, edges, itemOf };
}

// A chain is one column, so that the products behind it stay near.
function ranksWithChains(graph, chains) {
  if (!chains.length) return ranksOf(graph);
  const node = new Int32Array(graph.n).fill(-1);
  chains.forEach((chain, k) => chain.forEach(v => (node[v] = k)));
  let count = chains.length;
  for (let v = 0; v < graph.n; v++) if (node[v] < 0) node[v] = count++;
  const source = [];
  const target = [];
  for (let e = 0; e < graph.source.length; e++) {
    const a = node[graph.source[e]];
    const b = node[graph.target[e]];
    if (a === b) continue;
    source.push(a);
    target.push(b);
  }
  const rank = flowRanks(count, source, target, graph.root < 0 ? -1 : node[graph.root]);
  return Int32Array.from(node, a => rank[a]);
}

// Without one root in the middle the columns are the server's ranks. Around a root they are our own, since the server counts
// from the sources, which would put a source of the root's farthest from it.
const ranksOf = graph => (graph.root < 0 && graph.ranks ? graph.ranks : flowRanks(graph.n, graph.source, graph.target, graph.root));

// Every product: order by few sweeps, long columns wrapped, no bends.
function arrangeAll(graph, view) {
  const rank = view.by === 'steps' ? stepRanks(graph.distance, graph.upstream) : ranksOf(graph);
  const items = Array.from({ length: graph.n }, (_, v) => ({ kind: 'card', key: `v${v}`, rank: rank[v], domain: graph.domain[v], members: [v] }));
  const large = graph.n > 600;
  const placed = layout({
    ...graph,
    rank,
    height: CARD_HEIGHT,
    gap: GAP,
    column: COLUMN,
    sweeps: large ? 4 : 24,
    maxBends: large ? 0 : 60000,
    budget: graph.n > MANY ? BUDGET_MS : Infinity,
    wrap: Math.max(24, Math.ceil(Math.sqrt(graph.n) * 1.2)),
    group: graph.domain,
  });
  place(items, placed);
  const itemOf = Int32Array.from({ length: graph.n }, (_, v) => v);
  return { items, edges: bundle(graph.source, graph.target, itemOf, graph), itemOf };
}

function place(items, { x, y }) {
  items.forEach((item, i) => {
    item.x = x[i];
    item.y = y[i];
  });
}
