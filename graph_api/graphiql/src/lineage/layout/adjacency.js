// Adjacency lists in two typed arrays.

/** The neighbours of node `v` are `list[start[v]]` up to, but without, `list[start[v + 1]]`. */
export function adjacency(n, from, to) {
  const start = new Int32Array(n + 1);
  const list = new Int32Array(from.length);
  for (let e = 0; e < from.length; e++) start[from[e] + 1]++;
  for (let v = 0; v < n; v++) start[v + 1] += start[v];
  const next = start.slice();
  for (let e = 0; e < from.length; e++) list[next[from[e]]++] = to[e];
  return { start, list };
}
