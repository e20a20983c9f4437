// The addresses of pages and of GraphiQL.

/** What stands before our paths, where a proxy serves them below a path of its host. */
export const PREFIX = /^(.*?)\/explore(?:\/|$)/.exec(location.pathname)?.[1] ?? '';

export const HOME = `${PREFIX}/explore`;

/** Sign-in, and back to `address`, one of the explorer's. */
export const signInLink = (address = location.pathname + location.search) => `${PREFIX}/sign-in?next=${encodeURIComponent(address.slice(PREFIX.length))}`;

export const productLink = urn => `${HOME}/product/${encodeURIComponent(urn)}`;
export const domainLink = name => `${HOME}/domain/${encodeURIComponent(name)}`;
export const lineageLink = (urn, state = {}) => {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value)).toString();
  return `${HOME}/lineage/${encodeURIComponent(urn)}${query ? `?${query}` : ''}`;
};
/** GraphiQL with this query in a new tab of its editor. */
export const graphiqlLink = (query, variables) => `${PREFIX}/graphiql#${new URLSearchParams({ query, ...(variables && { variables: JSON.stringify(variables, null, 2) }) })}`;
