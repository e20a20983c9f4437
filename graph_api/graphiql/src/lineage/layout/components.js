// Strongly connected components of a directed graph, by Tarjan's algorithm without recursion.
import { adjacency } from './adjacency.js';

/**
 * `component[v]` numbers the component of node `v`; `count` is how many there are. Numbers are a reverse topological
 * order: an edge between two components goes from the higher number to the lower one.
 */
export function components(n, source, target) {
  const out = adjacency(n, source, target);
  const index = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const component = new Int32Array(n).fill(-1);
  const next = out.start.slice();
  const open = [];
  const path = [];
  let time = 0;
  let count = 0;
  const enter = v => {
    index[v] = low[v] = time++;
    open.push(v);
    path.push(v);
  };
  for (let first = 0; first < n; first++) {
    if (index[first] >= 0) continue;
    enter(first);
    while (path.length) {
      const v = path[path.length - 1];
      if (next[v] < out.start[v + 1]) {
        const w = out.list[next[v]++];
        if (index[w] < 0) enter(w);
        else if (component[w] < 0) low[v] = Math.min(low[v], index[w]);
        continue;
      }
      path.pop();
      if (path.length) low[path[path.length - 1]] = Math.min(low[path[path.length - 1]], low[v]);
      if (low[v] !== index[v]) continue;
      for (let w = -1; w !== v; ) {
        w = open.pop();
        component[w] = count;
      }
      count++;
    }
  }
  return { component, count };
}
