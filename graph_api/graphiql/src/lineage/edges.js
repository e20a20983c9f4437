// The curve of an edge between two items.
import { CARD_HEIGHT, CARD_WIDTH } from './sizes.js';

/** SVG path data. Edges to a higher rank run right; inside a column they bow in its gutter; to a lower rank, back. */
export function edgePath(edge, items) {
  const a = items[edge.from];
  const b = items[edge.to];
  const half = CARD_WIDTH / 2;
  const right = a.x + half;
  if (a.rank === b.rank) return `M${right} ${a.y}C${right + 38} ${a.y} ${right + 38} ${b.y} ${b.x + half} ${b.y}`;
  if (b.rank < a.rank) {
    if (a.rank - b.rank === 1) return curve(a.x - half, a.y + 8, b.x + half, b.y + 8, -1);
    const over = Math.min(a.y, b.y) - CARD_HEIGHT;
    return `M${a.x - half} ${a.y}C${a.x - half - 40} ${a.y} ${a.x - half - 20} ${over} ${a.x - half - 60} ${over}L${b.x + half + 60} ${over}C${b.x + half + 20} ${over} ${b.x + half + 40} ${b.y} ${b.x + half} ${b.y}`;
  }
  let path = `M${right} ${a.y}`;
  let x = right;
  let y = a.y;
  for (const [bendX, bendY] of edge.bends ?? []) {
    const middle = (x + bendX - half) / 2;
    path += `C${middle} ${y} ${middle} ${bendY} ${bendX - half} ${bendY}L${bendX + half} ${bendY}`;
    x = bendX + half;
    y = bendY;
  }
  const reach = Math.max(24, (b.x - half - x) / 2);
  return `${path}C${x + reach} ${y} ${b.x - half - reach} ${b.y} ${b.x - half} ${b.y}`;
}

function curve(x0, y0, x1, y1, way) {
  const reach = Math.max(24, Math.abs(x1 - x0) / 2) * way;
  return `M${x0} ${y0}C${x0 + reach} ${y0} ${x1 - reach} ${y1} ${x1} ${y1}`;
}

/** The width of a bundle of `count` edges. */
export const edgeWidth = count => 1.5 + Math.min(4, Math.log2(count) * 0.7);
