// The order of nodes within each column: barycentre sweeps with exchanges of neighbours; the best order seen wins.

/**
 * Reorders `layers` (arrays of node numbers, neighbouring columns) in place and fills `position` (0 to 1 within the
 * column). Stops after `sweeps` or at `deadline` (ms of `performance.now()`). Returns the crossings of the best order.
 */
export function orderLayers({ layers, outs, ins, position, root, sweeps, deadline, total }) {
  seed(layers, outs, ins, position, root, total);
  let best = layers.map(layer => layer.slice());
  let fewest = crossings(layers, outs);
  const key = new Float64Array(total);
  const reached = [null, null]; // the last orders after sweeps down and up
  for (let sweep = 0; sweep < sweeps && fewest > 0 && performance.now() < deadline; sweep++) {
    const down = sweep % 2 === 0;
    for (let i = 1; i < layers.length; i++) {
      const layer = layers[down ? i : layers.length - 1 - i];
      const near = down ? ins : outs;
      for (const v of layer) key[v] = barycentre(v, near, position);
      layer.sort((a, b) => key[a] - key[b] || position[a] - position[b]);
      spread(layer, position);
    }
    if (total < 4000) exchange(layers, outs, ins, position);
    const now = crossings(layers, outs);
    if (now < fewest) {
      fewest = now;
      best = layers.map(layer => layer.slice());
    }
    const order = layers.flat();
    if (isSame(order, reached[sweep % 2])) break; // every further sweep repeats one that was
    reached[sweep % 2] = order;
  }
  best.forEach((layer, i) => {
    layers[i] = layer;
    spread(layer, position);
  });
  return fewest;
}

const isSame = (order, other) => other !== null && order.every((v, k) => v === other[k]);

// Relative positions, so that columns of unequal length compare.
function spread(layer, position) {
  layer.forEach((v, k) => {
    position[v] = k / Math.max(1, layer.length - 1);
  });
}

function barycentre(v, near, position) {
  let sum = 0;
  for (let k = near.start[v]; k < near.start[v + 1]; k++) sum += position[near.list[k]];
  const degree = near.start[v + 1] - near.start[v];
  return degree ? sum / degree : position[v];
}

// Depth first from the root, so that neighbours start near each other.
function seed(layers, outs, ins, position, root, total) {
  const visited = new Uint8Array(total);
  const order = new Float64Array(total);
  let time = 0;
  const walk = first => {
    const stack = [first];
    while (stack.length) {
      const v = stack.pop();
      if (visited[v]) continue;
      visited[v] = 1;
      order[v] = time++;
      for (const near of [outs, ins]) for (let k = near.start[v]; k < near.start[v + 1]; k++) if (!visited[near.list[k]]) stack.push(near.list[k]);
    }
  };
  if (root >= 0) walk(root);
  for (let v = 0; v < total; v++) if (!visited[v]) walk(v);
  for (const layer of layers) {
    layer.sort((a, b) => order[a] - order[b]);
    spread(layer, position);
  }
}

// Two neighbours in a column change places where that removes crossings.
function exchange(layers, outs, ins, position) {
  const excess = (near, v, w) => {
    let sum = 0;
    for (let i = near.start[v]; i < near.start[v + 1]; i++)
      for (let k = near.start[w]; k < near.start[w + 1]; k++) sum += Math.sign(position[near.list[i]] - position[near.list[k]]);
    return sum;
  };
  for (let pass = 0, moved = true; moved && pass < 6; pass++) {
    moved = false;
    for (const layer of layers)
      for (let k = 0; k + 1 < layer.length; k++) {
        const v = layer[k];
        const w = layer[k + 1];
        if (excess(outs, v, w) + excess(ins, v, w) <= 0) continue;
        layer[k] = w;
        layer[k + 1] = v;
        [position[v], position[w]] = [position[w], position[v]];
        moved = true;
      }
  }
}

/** How many pairs of edges between neighbouring columns cross, counted with a Fenwick tree. */
export function crossings(layers, outs) {
  let total = 0;
  for (let i = 0; i + 1 < layers.length; i++) {
    const size = layers[i + 1].length;
    const tree = new Int32Array(size + 1);
    const place = new Map(layers[i + 1].map((v, k) => [v, k]));
    let before = 0;
    for (const v of layers[i]) {
      const ends = [];
      for (let k = outs.start[v]; k < outs.start[v + 1]; k++) if (place.has(outs.list[k])) ends.push(place.get(outs.list[k]));
      for (const end of ends) {
        let notBelow = 0;
        for (let t = end + 1; t > 0; t -= t & -t) notBelow += tree[t];
        total += before - notBelow;
      }
      for (const end of ends) {
        before++;
        for (let t = end + 1; t <= size; t += t & -t) tree[t]++;
      }
    }
  }
  return total;
}
