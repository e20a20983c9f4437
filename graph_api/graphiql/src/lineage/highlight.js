// What lights up: the paths through an item, or what a change reaches.
import { reach } from './graph.js';

/** Items and edges on paths through `focus` (an item's number), both ways. */
export function pathsThrough(graph, picture, focus) {
  const members = picture.items[focus].members;
  return mark(picture, [reach(members, graph.outs), reach(members, graph.ins)]);
}

/** Items and edges that `steps` (node -> steps, of an impact) covers. */
export const impactMarks = (picture, steps) => mark(picture, [steps]);

function mark({ items, edges, itemOf }, walks) {
  const lit = new Set();
  const litEdges = new Set();
  for (const steps of walks) {
    const mine = new Set();
    for (const v of steps.keys()) mine.add(itemOf[v]);
    for (const i of mine) if (items[i]) lit.add(i);
    edges.forEach((edge, e) => {
      if (mine.has(edge.from) && mine.has(edge.to)) litEdges.add(e);
    });
  }
  return { items: lit, edges: litEdges };
}
