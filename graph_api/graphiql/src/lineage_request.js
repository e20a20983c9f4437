// The lineages that an operation asks for: where an answer holds them, and the operation that asks for all a picture needs.
import { Kind, parse, print, visit } from 'graphql';

import { GRAPH_FIELDS } from './lineage/graph.js';

const FIELD = 'lineage';
const FRAGMENT = 'MeshweaveLineage';

/** The operation that runs, and the fragments of its document by name. */
function operationOf({ document, operationName }) {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const fragments = new Map(document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map(fragment => [fragment.name.value, fragment]));
  const operation = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return { operation, fragments };
}

/**
 * The lineages in `data`, under whatever aliases: `{ path, graph }`, `path` being keys and indices from `data` on. The
 * document says which keys are lineages, since inside of one everything can have another name as well.
 */
export function findLineages(request, data) {
  const { operation, fragments } = operationOf(request);
  const found = new Map();
  const walk = (selectionSet, value, path) => {
    if (Array.isArray(value)) return value.forEach((item, k) => walk(selectionSet, item, [...path, k]));
    if (value === null || typeof value !== 'object') return;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, value, path);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(selection.name.value).selectionSet, value, path);
      else if (selection.selectionSet) {
        const key = (selection.alias ?? selection.name).value;
        const here = [...path, key];
        const child = value[key];
        if (selection.name.value !== FIELD) walk(selection.selectionSet, child, here);
        else if (child && typeof child === 'object') found.set(here.join('.'), { path: here, graph: child });
      }
    }
  };
  if (operation) walk(operation.selectionSet, data, []);
  return [...found.values()];
}

/** Whether a picture can be drawn of `graph` as it is. */
export function isWhole(graph) {
  const has = (object, ...keys) => keys.every(key => object?.[key] !== undefined);
  return (
    has(graph, 'roots', 'nodes', 'edges', 'truncation', 'cycles') &&
    graph.nodes.every(node => has(node, 'distance', 'direction', 'hiddenNeighbours', 'product') && has(node.product, 'id', 'urn', 'name', 'type', 'status', 'ownerTeam', 'classification', 'contract') && has(node.product.domain, 'name')) &&
    graph.edges.every(edge => has(edge, 'source', 'target', 'origin'))
  );
}

/** The request for the same lineages with all that a picture needs, and nothing else: `{ query, variables }`. */
export function wholeRequest(request) {
  const { operation, fragments } = operationOf(request);
  const prune = selectionSet => ({ ...selectionSet, selections: selectionSet.selections.map(pruned).filter(Boolean) });
  const nested = selection => {
    const selectionSet = prune(selection.selectionSet);
    return selectionSet.selections.length ? { ...selection, selectionSet } : null;
  };
  function pruned(selection) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const { typeCondition, selectionSet } = fragments.get(selection.name.value);
      return nested({ kind: Kind.INLINE_FRAGMENT, typeCondition, directives: selection.directives, selectionSet });
    }
    if (!selection.selectionSet) return null;
    if (selection.kind === Kind.INLINE_FRAGMENT || selection.name.value !== FIELD) return nested(selection);
    const spread = { kind: Kind.FRAGMENT_SPREAD, name: { kind: Kind.NAME, value: FRAGMENT } };
    return { ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections: [spread] } };
  }
  const asked = nested(operation);
  const used = new Set();
  visit({ ...asked, variableDefinitions: [] }, { Variable: node => void used.add(node.name.value) });
  const whole = { ...asked, name: undefined, variableDefinitions: asked.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) };
  const fragment = parse(`fragment ${FRAGMENT} on LineageGraph {${GRAPH_FIELDS}}`).definitions[0];
  const variables = Object.fromEntries(Object.entries(request.variables ?? {}).filter(([name]) => used.has(name)));
  return { query: print({ kind: Kind.DOCUMENT, definitions: [whole, fragment] }), variables };
}

/** What is at `path` in `data`. */
export const valueAt = (data, path) => path.reduce((value, key) => value?.[key], data);
