import { createGraphiQLFetcher } from '@graphiql/toolkit';

export const ENDPOINT = '/graphql';

const sameOriginFetch = (url, init) => fetch(url, { ...init, credentials: 'same-origin' });

export const fetcher = createGraphiQLFetcher({
  url: ENDPOINT,
  subscriptionUrl: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${ENDPOINT}`,
  // The API answers queries in one piece; without this the page would ask for multipart first.
  enableIncrementalDelivery: false,
  fetch: sameOriginFetch,
});

/** Runs a query outside the editor; resolves to its `data`, or null when there is none. */
export async function ask(query) {
  const response = await sameOriginFetch(ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()).data ?? null;
}
