// A query in the address, as "Edit in GraphiQL" of the explorer links to it: `#query=…&variables=…`.

const read = () => {
  const params = new URLSearchParams(location.hash.slice(1));
  return params.get('query') && { query: params.get('query'), variables: params.get('variables') ?? undefined };
};

/** Takes the query out of the address; null when there is none. */
export function takeSharedQuery() {
  const shared = read();
  if (!shared) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return shared;
}

// A link opened where GraphiQL is open already changes the fragment alone.
addEventListener('hashchange', () => read() && location.reload());
