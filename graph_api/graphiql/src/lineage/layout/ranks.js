// The column of each node: the longest path from the root, over collapsed cycles.
import { components } from './components.js';

/**
 * Ranks by flow: 0 at the root, positive downstream, negative upstream. Nodes of one cycle share a rank; every other
 * edge points to a higher rank. `root` -1 ranks the whole graph: sources stand right before their first consumer.
 */
export function flowRanks(n, source, target, root) {
  const { component, count } = components(n, source, target);
  const between = [];
  for (let e = 0; e < source.length; e++) if (component[source[e]] !== component[target[e]]) between.push(e);
  const down = new Int32Array(count).fill(-1);
  const up = new Int32Array(count).fill(-1);
  if (root < 0) down.fill(0);
  else down[component[root]] = up[component[root]] = 0;
  between.sort((a, b) => component[source[b]] - component[source[a]]); // sources first
  for (const e of between) {
    const a = component[source[e]];
    const b = component[target[e]];
    if (down[a] >= 0) down[b] = Math.max(down[b], down[a] + 1);
  }
  between.sort((a, b) => component[target[a]] - component[target[b]]); // sinks first
  for (const e of between) {
    const a = component[source[e]];
    const b = component[target[e]];
    if (up[b] >= 0) up[a] = Math.max(up[a], up[b] + 1);
  }
  if (root < 0) pullSources(down, between, component, source, target);
  return Int32Array.from({ length: n }, (_, v) => (down[component[v]] >= 0 ? down[component[v]] : -up[component[v]]));
}

function pullSources(down, edges, component, source, target) {
  const fed = new Set(edges.map(e => component[target[e]]));
  const nearest = new Map();
  for (const e of edges) {
    const a = component[source[e]];
    nearest.set(a, Math.min(nearest.get(a) ?? Infinity, down[component[target[e]]] - 1));
  }
  for (const [a, rank] of nearest) if (!fed.has(a)) down[a] = rank;
}

/** Ranks by steps: the fewest edges to the root, negative upstream. */
export const stepRanks = (distance, upstream) => Int32Array.from(distance, (d, v) => (upstream[v] ? -d : d));
