// What the lineage page asks the API for.
import { GRAPH_FIELDS } from '../lineage/graph.js';
import { ask } from './api.js';
import { ENDING } from './parts.js';

export const LINEAGE = `query Lineage($urn: String!, $direction: LineageDirection!, $depth: Int, $maxNodes: Int!, $asOf: DateTime) {
  dataProduct(urn: $urn) {
    id
    lineage(direction: $direction, depth: $depth, maxNodes: $maxNodes, asOf: $asOf) {${GRAPH_FIELDS.replaceAll('\n', '\n      ')}
    }
  }
}`;
const NEAR = `query Near($id: ID!, $direction: LineageDirection!, $asOf: DateTime) {
  lineage(roots: [$id], direction: $direction, depth: 1, maxNodes: 5000, asOf: $asOf) {${GRAPH_FIELDS}
  }
}`;
const BETWEEN = `query Between($ids: [ID!]!, $asOf: DateTime) {
  lineage(roots: $ids, depth: 0, maxNodes: 1000, asOf: $asOf) { edges { source target sourceUrn targetUrn kind origin } cycles }
}`;
const CHANGES = `query Changes {
  products: auditEvents(filter: { subjectKind: "DATA_PRODUCT" }, first: 500) { nodes { at action subjectId } }
  dependencies: auditEvents(filter: { subjectKind: "DEPENDENCY" }, first: 500) { nodes { at action subjectId } }
}`;
const DETAILS = `query Details($id: ID!) {
  node(id: $id) { ... on DataProduct {
    id urn name description ownerTeam version type status tags
    ${ENDING}
    domain { name }
    accessPoints { kind uri }
    contract {
      version format classification
      retention { days }
      quality { dimension threshold maxDelay }
      fields { path type required classification }
    }
    compliance { violations(first: 20) { nodes { message enforcement policy { name } } } warnings(first: 20) { nodes { message enforcement policy { name } } } }
    quality { latest { finishedAt overall dimensions { dimension score threshold passed reason } } }
    serviceLevels { levels { metric target unit better measured kept reason } }
    consumers(first: 200) { totalCount nodes { fields consumer { id urn name domain { name } } } }
    dependencies(first: 200) { nodes { fields provider { id urn name domain { name } } } }
  } }
  changeRequests(filter: { product: $id }, first: 20) { nodes { id toVersion status proposedContract } }
}`;
export const IMPACT = `query Impact($id: ID!, $change: ImpactChangeInput!) {
  impact(productId: $id, change: $change) {
    breaking
    domains
    affectedConsumers { fields basis product { id urn name ownerTeam domain { name } } }
  }
}`;

/** The variables of `LINEAGE` for a state. */
export const lineageVariables = (urn, state) => ({ urn, direction: state.direction, depth: state.depth, maxNodes: state.max, asOf: state.asOf });

/** A `LineageGraph`; null for an unknown product. */
export const fetchLineage = async (urn, state, signal) => (await ask(LINEAGE, lineageVariables(urn, state), signal)).dataProduct?.lineage ?? null;

/** The neighbours of one product, and the edges between them and all of `ids`. Depth 0 takes 1,000 roots at most. */
export async function fetchNeighbours(id, ids, direction, asOf, signal) {
  const near = (await ask(NEAR, { id, direction, asOf }, signal)).lineage;
  const all = [...new Set([...ids, ...near.nodes.map(({ product }) => product.id)])];
  if (all.length > 1000) return { near, edges: null, cycles: [] };
  const { edges, cycles } = (await ask(BETWEEN, { ids: all, asOf }, signal)).lineage;
  return { near, edges, cycles };
}

// Runs of checks change no lineage; their verdicts do, since policies look at them.
const MEASURING = /^quality(Run|Report|Schedule)/;

/** The times of the latest changes of products and dependencies, the oldest first, each with what happened. */
export async function fetchChanges(signal) {
  const { products, dependencies } = await ask(CHANGES, {}, signal);
  const times = new Map();
  const events = [...products.nodes, ...dependencies.nodes].filter(({ action }) => !MEASURING.test(action));
  for (const { at, action } of events) times.set(at, [...(times.get(at) ?? []), action]);
  return [...times].map(([at, actions]) => ({ at, actions })).sort((a, b) => (a.at < b.at ? -1 : 1));
}

// A product of the past has an id of its own: that of the product, `~` and the time.
const plainId = id => id.split('~')[0];

/** What the drawer shows of a product, and its change requests. */
export const fetchDetails = (id, signal) => ask(DETAILS, { id: plainId(id) }, signal);

export const fetchImpact = async (id, change, signal) => (await ask(IMPACT, { id: plainId(id), change }, signal)).impact;
