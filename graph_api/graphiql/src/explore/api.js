// Requests to the API, with the session's cookie.
import { PREFIX } from './links.js';

/** What the server answered instead of data: `messages`, `codes`, and `signIn` when it wants to know who is asking. */
export class RequestFailed extends Error {
  constructor(messages, signIn = false, codes = []) {
    super(messages.join(' '));
    this.signIn = signIn;
    this.codes = codes;
  }
}

/** The `data` of a query. Raises `RequestFailed`; an aborted request raises the abort. */
export async function ask(query, variables = {}, signal = undefined) {
  let response;
  try {
    response = await fetch(`${PREFIX}/graphql/plain`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new RequestFailed(['The server cannot be reached.']);
  }
  if (!/json/.test(response.headers.get('content-type'))) throw new RequestFailed([`${response.status} ${response.statusText}`]);
  const { data, errors } = await response.json();
  if (response.status === 401 || errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED')) throw new RequestFailed((errors ?? []).map(error => error.message), true);
  if (errors?.length) throw new RequestFailed(errors.map(error => error.message), false, errors.map(error => error.extensions?.code));
  return data;
}
