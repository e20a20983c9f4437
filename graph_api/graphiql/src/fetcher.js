import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { parse } from 'graphql';

import { rememberLineage } from './lineage_answers.js';

/** What stands before our paths, where a proxy serves the page below a path of its host: the page is at <prefix>/graphiql. */
export const PREFIX = location.pathname.replace(/\/graphiql\/?$/, '');

// The schema as it is here, whatever form /graphql has for a supergraph.
const ENDPOINT = `${PREFIX}/graphql/plain`;

const send = createGraphiQLFetcher({
  url: ENDPOINT,
  subscriptionUrl: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${ENDPOINT}`,
  // The API answers queries in one piece; without this the page would ask for multipart first.
  enableIncrementalDelivery: false,
  fetch: fetchJson,
});

/** Any answer as JSON: what is none, from a proxy say, becomes a GraphQL error with the server's own words. */
async function fetchJson(url, init) {
  const response = await fetch(url, { ...init, credentials: 'same-origin' });
  if (/json/.test(response.headers.get('content-type'))) {
    return response;
  }
  const message = `${response.status} ${response.statusText}: ${await response.text()}`;
  return Response.json({ errors: [{ message }] });
}

/**
 * The editor reads its text 100 ms after the last key, so a query run sooner would go with the name and the kind of the
 * one before it. Read it again here.
 */
export async function fetcher(params, options) {
  const documentAST = parsed(params.query);
  const names = documentAST?.definitions.map(definition => definition.name?.value) ?? [];
  const stale = documentAST && params.operationName && !names.includes(params.operationName);
  const operationName = stale ? undefined : params.operationName;
  const answer = await send({ ...params, operationName }, { ...options, ...(documentAST && { documentAST }) });
  if (documentAST) {
    const again = (query, variables) => send({ query, variables }, { headers: options?.headers });
    rememberLineage(params.query, { document: documentAST, operationName, variables: params.variables, send: again }, answer.data);
  }
  return answer;
}

function parsed(query) {
  try {
    return parse(query);
  } catch {
    return null; // the server says what is wrong with it
  }
}

/** Runs a query outside the editor; resolves to its `data`, or null when there is none. */
export async function ask(query) {
  const response = await fetchJson(ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()).data ?? null;
}
