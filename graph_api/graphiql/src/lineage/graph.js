// The graph behind a picture: a lineage answer with numbered nodes, neighbours, cycles and what was left out.

/** The fields that `readGraph` needs of a `LineageGraph`. */
export const GRAPH_FIELDS = `
roots { id urn name }
nodes {
  distance
  direction
  rank
  hiddenNeighbours
  product {
    id urn name type status version classification ownerTeam
    domain { name }
    contract { quality { dimension threshold } }
  }
}
edges { source target sourceUrn targetUrn kind origin }
depthReached
truncated
truncation { reason atNode }
cycles
asOf`;

/**
 * Reads a `LineageGraph` answer. Nodes are numbered in the answer's order, and found in `index` by id and by urn; `root` is
 * -1 with several roots.
 */
export function readGraph(answer) {
  const nodes = answer.nodes.map(readNode);
  const index = indexOf(nodes);
  const edges = answer.edges.map(withIds(nodes, index)).filter(edge => index.has(edge.source) && index.has(edge.target));
  const reasons = new Map((answer.truncation ?? []).map(({ atNode, reason }) => [atNode, reason]));
  for (const node of nodes) node.reason = reasons.get(node.id) ?? null;
  const roots = (answer.roots ?? nodes.filter(node => node.distance === 0)).map(root => index.get(root.id ?? root.urn)).filter(v => v !== undefined);
  return number({ nodes, index, edges, roots, cycles: answer.cycles ?? [], asOf: answer.asOf ?? null });
}

const indexOf = nodes => new Map(nodes.flatMap((node, v) => [[node.urn, v], [node.id, v]]));

// An edge names its ends by the ids of our nodes: the urns find them where an answer about the past has no ids.
const withIds = (nodes, index) => edge => {
  const end = (id, urn) => nodes[index.get(urn) ?? index.get(id)]?.id;
  return { ...edge, source: end(edge.source, edge.sourceUrn), target: end(edge.target, edge.targetUrn) };
};

function readNode({ product, distance = 0, direction = 'BOTH', rank = null, hiddenNeighbours = 0 }) {
  const promised = (product.contract?.quality ?? []).map(({ threshold }) => threshold).filter(value => typeof value === 'number');
  return {
    id: product.id ?? product.urn,
    urn: product.urn ?? '',
    name: product.name ?? product.urn ?? product.id,
    domain: product.domain?.name ?? product.urn?.split(':')[2] ?? '',
    type: product.type ?? null,
    status: product.status ?? null,
    version: product.version ?? null,
    classification: product.classification ?? null,
    owner: product.ownerTeam ?? null,
    quality: { promised: promised.length ? Math.min(...promised) : null, measured: null, passed: null },
    distance,
    direction,
    rank,
    hidden: hiddenNeighbours,
    findings: null, // unknown until the compliance report is read
  };
}

// Derived: typed arrays for the worker, neighbours for walks.
function number(graph) {
  const { nodes, index, edges, roots, cycles } = graph;
  const source = Int32Array.from(edges, edge => index.get(edge.source));
  const target = Int32Array.from(edges, edge => index.get(edge.target));
  const outs = nodes.map(() => []);
  const ins = nodes.map(() => []);
  edges.forEach((_edge, e) => {
    outs[source[e]].push(target[e]);
    ins[target[e]].push(source[e]);
  });
  const cycleOf = new Map(cycles.flatMap((ids, k) => ids.map(id => [id, k])));
  const cyclic = Uint8Array.from(edges, edge => Number(cycleOf.has(edge.source) && cycleOf.get(edge.source) === cycleOf.get(edge.target)));
  const observed = Uint8Array.from(edges, edge => Number(edge.origin === 'OBSERVED'));
  const root = roots.length === 1 ? roots[0] : -1;
  return { ...graph, n: nodes.length, source, target, outs, ins, cyclic, observed, root, inCycle: cycleOf };
}

/** What the worker needs of a graph: plain arrays. */
export const forWorker = graph => ({
  n: graph.n,
  source: graph.source,
  target: graph.target,
  root: graph.root,
  cyclic: graph.cyclic,
  observed: graph.observed,
  distance: Int32Array.from(graph.nodes, node => node.distance),
  ranks: graph.nodes.every(node => node.rank !== null) ? Int32Array.from(graph.nodes, node => node.rank) : null,
  upstream: Uint8Array.from(graph.nodes, node => Number(node.direction === 'UPSTREAM')),
  domain: graph.nodes.map(node => node.domain),
  name: graph.nodes.map(node => node.name),
});

/** The nodes that can be reached from `from` (node numbers), each with the fewest steps. */
export function reach(from, neighbours) {
  const steps = new Map(from.map(v => [v, 0]));
  for (const v of steps.keys()) for (const w of neighbours[v]) if (!steps.has(w)) steps.set(w, steps.get(v) + 1);
  return steps;
}

/**
 * Adds the neighbours of one product: `near` is its lineage of depth 1, `between` the edges between all products, of a
 * lineage of depth 0 from all of them. Counts of hidden neighbours are set right on both sides.
 */
export function extend(graph, at, near, between, cycles = []) {
  const centre = graph.nodes[graph.index.get(at)];
  const nodes = graph.nodes.map(node => ({ ...node }));
  const known = new Set(graph.index.keys());
  for (const node of nodes) node.rank = null; // the server's ranks are of its own answer alone
  for (const answer of near.nodes) {
    if (known.has(answer.product.id ?? answer.product.urn)) continue;
    const node = readNode(answer);
    const upstream = answer.direction === 'UPSTREAM';
    const direction = centre.distance ? centre.direction : answer.direction;
    nodes.push({ ...node, rank: null, direction: direction === 'BOTH' ? (upstream ? 'UPSTREAM' : 'DOWNSTREAM') : direction, distance: centre.distance + 1 });
  }
  const index = indexOf(nodes);
  const edges = between.map(withIds(nodes, index)).filter(edge => index.has(edge.source) && index.has(edge.target));
  const nearEdges = near.edges.map(withIds(nodes, index));
  const before = new Set([...graph.edges, ...nearEdges].map(edge => `${edge.source} ${edge.target}`));
  const nearIds = new Set(near.nodes.map(({ product }) => product.id));
  for (const edge of edges) {
    if (before.has(`${edge.source} ${edge.target}`)) continue;
    for (const [id, way] of [[edge.source, 'DOWNSTREAM'], [edge.target, 'UPSTREAM']]) {
      const node = nodes[index.get(id)];
      if (node.hidden && node.direction !== (way === 'UPSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM')) node.hidden--;
    }
  }
  for (const edge of nearEdges)
    for (const [id, way] of [[edge.source, 'DOWNSTREAM'], [edge.target, 'UPSTREAM']]) {
      const node = nodes[index.get(id)];
      const fresh = !graph.edges.some(known => known.source === edge.source && known.target === edge.target);
      if (fresh && known.has(id) && id !== at && node.hidden && node.direction !== (way === 'UPSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM')) node.hidden--;
    }
  const here = nodes[index.get(at)];
  here.hidden = near.nodes.find(({ product }) => product.id === at)?.hiddenNeighbours ?? 0;
  if (!here.hidden) here.reason = null;
  return number({ ...graph, nodes, index, edges, cycles: cycles.length ? cycles : graph.cycles, added: nearIds });
}

/** Counts of one graph: what the summary says. */
export function summary(graph) {
  const up = graph.root < 0 ? 0 : reach([graph.root], graph.ins).size - 1;
  const down = graph.root < 0 ? 0 : reach([graph.root], graph.outs).size - 1;
  const known = graph.nodes.every(node => node.findings !== null);
  return {
    products: graph.n,
    edges: graph.edges.length,
    domains: new Set(graph.nodes.map(node => node.domain)).size,
    up,
    down,
    findings: known ? graph.nodes.filter(node => node.findings).length : null,
    cycles: graph.cycles.length,
    hidden: graph.nodes.reduce((sum, node) => sum + node.hidden, 0),
    reasons: [...new Set(graph.nodes.map(node => node.reason).filter(Boolean))],
  };
}
