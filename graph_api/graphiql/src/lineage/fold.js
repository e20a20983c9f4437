// Folding: which cards are drawn, and which products share a box because a column has too many of them.

export const PAGE = 40; // cards that an open box shows at a time

/**
 * The items to draw of `n` products: cards (one product) and boxes (several of one domain, of several, or a chain).
 *
 * `rank[v]` and `domain[v]` describe product `v`; `keep` holds those that always get a card; `open` maps the key of an
 * open box to `{ pages, find }`. Returns `items` and `itemOf[v]`.
 */
export function fold({ n, rank, domain, name, keep, open, chains, limit = 18, boxes = 8, byDomain = false }) {
  const items = [];
  const itemOf = new Int32Array(n);
  const add = item => {
    for (const v of item.members) itemOf[v] = items.length;
    items.push(item);
  };
  const card = v => add({ kind: 'card', key: `v${v}`, rank: rank[v], domain: domain[v], members: [v] });
  const box = (key, r, label, members, chain = false) => add({ kind: 'box', key, rank: r, domain: label, members, chain });
  const opened = (key, r, label, members) => {
    const { pages = 1, find = '' } = open.get(key);
    const matches = find ? members.filter(v => name[v].includes(find)) : members;
    const shown = new Set(matches.slice(0, pages * PAGE));
    for (const v of members) if (shown.has(v)) card(v);
    const rest = members.filter(v => !shown.has(v));
    if (rest.length) box(`${key}|more`, r, label, rest);
  };

  const inChain = new Uint8Array(n);
  for (const chain of chains) for (const v of chain) inChain[v] = 1;
  const columns = new Map();
  for (let v = 0; v < n; v++) if (!inChain[v]) append(columns, rank[v], v);
  for (const [r, members] of columns) {
    if (!byDomain && members.length <= limit) {
      members.forEach(card);
      continue;
    }
    const domains = new Map();
    for (const v of members) {
      if (keep.has(v)) card(v);
      else append(domains, domain[v], v);
    }
    const largest = [...domains].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
    const others = [];
    largest.forEach(([label, list], k) => {
      const key = `${r}|${label}`;
      if (open.has(key)) opened(key, r, label, list);
      else if (k >= boxes) others.push(...list);
      else if (list.length === 1) card(list[0]);
      else box(key, r, label, list);
    });
    if (!others.length) continue;
    const key = `${r}|*`;
    if (open.has(key)) opened(key, r, null, others);
    else box(key, r, null, others);
  }
  chains.forEach(chain => box(`chain|${chain[0]}`, rank[chain[0]], null, chain, true));
  return { items, itemOf };
}

/** Chains of at least `least` products with one way in and one way out each, in flow order; `keep` is never in one. */
export function findChains(n, source, target, keep, least = 8) {
  const ins = new Int32Array(n);
  const outs = new Int32Array(n);
  const next = new Int32Array(n).fill(-1);
  const previous = new Int32Array(n).fill(-1);
  for (let e = 0; e < source.length; e++) {
    outs[source[e]]++;
    ins[target[e]]++;
    next[source[e]] = target[e];
    previous[target[e]] = source[e];
  }
  const plain = v => v >= 0 && ins[v] === 1 && outs[v] === 1 && !keep.has(v);
  const visited = new Uint8Array(n);
  const chains = [];
  for (let v = 0; v < n; v++) {
    if (!plain(v) || visited[v]) continue;
    let first = v;
    while (plain(previous[first]) && !visited[previous[first]] && previous[first] !== v) first = previous[first];
    const chain = [];
    for (let w = first; plain(w) && !visited[w]; w = next[w]) {
      visited[w] = 1;
      chain.push(w);
    }
    if (chain.length >= least) chains.push(chain);
  }
  return chains;
}

/** Edges between items: `{ from, to, count, cycle, observed }`, one for each pair of items. */
export function bundle(source, target, itemOf, { cyclic, observed }) {
  const edges = new Map();
  for (let e = 0; e < source.length; e++) {
    const from = itemOf[source[e]];
    const to = itemOf[target[e]];
    if (from === to) continue;
    const key = from * 1048576 + to;
    const edge = edges.get(key) ?? { from, to, count: 0, cycle: false, observed: true };
    edge.count++;
    edge.cycle ||= Boolean(cyclic[e]);
    edge.observed &&= Boolean(observed[e]);
    edges.set(key, edge);
  }
  return [...edges.values()];
}

/** Marks edges that a longer path makes needless to see the order (`faint`); where there are many, the thin ones. */
export function markFaint(items, edges, many = 400) {
  const span = edge => items[edge.to].rank - items[edge.from].rank;
  if (edges.length > many) {
    for (const edge of edges) edge.faint = span(edge) !== 1 || edge.count < 3;
    return;
  }
  const next = items.map(() => []);
  for (const edge of edges) next[edge.from].push(edge.to);
  for (const edge of edges) edge.faint = span(edge) > 1 && hasLongerPath(items, next, edge);
}

function hasLongerPath(items, next, edge) {
  const visited = new Set([edge.from]);
  const stack = next[edge.from].filter(v => v !== edge.to);
  while (stack.length) {
    const v = stack.pop();
    if (v === edge.to) return true;
    if (visited.has(v) || items[v].rank >= items[edge.to].rank) continue;
    visited.add(v);
    stack.push(...next[v]);
  }
  return false;
}

function append(map, key, value) {
  const list = map.get(key) ?? [];
  list.push(value);
  map.set(key, list);
}
