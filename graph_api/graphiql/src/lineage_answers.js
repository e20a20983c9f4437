// The latest answer to a query for a lineage, which the Lineage panel draws. What reads it is loaded with the panel.

let latest = null;
const listeners = new Set();

/** Remembers `request` (`{ document, operationName, variables, send }`) and its `data`, if it may hold a lineage. */
export function rememberLineage(query, request, data) {
  if (!data || !/\blineage\b/.test(query)) return;
  latest = { request, data };
  for (const listener of listeners) listener();
}

/** For React's `useSyncExternalStore`. */
export const lineageAnswers = {
  latest: () => latest,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
