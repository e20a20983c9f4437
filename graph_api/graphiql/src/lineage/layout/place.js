// The vertical place of each node: near its neighbours, with order and gaps kept.

/** Fills `y` (centres, pixels) for ordered `layers`; `height(v)` is a node's height. */
export function placeLayers({ layers, outs, ins, y, height, gap, rounds = 8, deadline }) {
  for (const layer of layers) {
    let at = -layer.reduce((sum, v) => sum + height(v) + gap, 0) / 2;
    for (const v of layer) {
      y[v] = at + height(v) / 2;
      at += height(v) + gap;
    }
  }
  const wanted = new Float64Array(y.length);
  for (let round = 0; round < rounds && performance.now() < deadline; round++)
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[round % 2 ? layers.length - 1 - i : i];
      for (const v of layer) wanted[v] = mean(v, ins, outs, y);
      settle(layer, wanted, y, height, gap);
    }
}

function mean(v, ins, outs, y) {
  let sum = 0;
  for (const near of [ins, outs]) for (let k = near.start[v]; k < near.start[v + 1]; k++) sum += y[near.list[k]];
  const degree = ins.start[v + 1] - ins.start[v] + outs.start[v + 1] - outs.start[v];
  return degree ? sum / degree : y[v];
}

// Least squares towards `wanted` under the order: the pool-adjacent-violators algorithm.
function settle(layer, wanted, y, height, gap) {
  const blocks = [];
  let offset = 0;
  layer.forEach((v, k) => {
    if (k) offset += (height(layer[k - 1]) + height(v)) / 2 + gap;
    let block = { sum: wanted[v] - offset, weight: 1, first: k };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const last = blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, first: last.first };
    }
    blocks.push(block);
  });
  offset = 0;
  let b = 0;
  layer.forEach((v, k) => {
    if (k) offset += (height(layer[k - 1]) + height(v)) / 2 + gap;
    while (b + 1 < blocks.length && blocks[b + 1].first <= k) b++;
    y[v] = blocks[b].sum / blocks[b].weight + offset;
  });
}
