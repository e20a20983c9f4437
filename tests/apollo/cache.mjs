// Reads {uri, token, watched, steps: [{text, variables}]} from stdin. Asks `watched` once, then each step, with one
// normalised cache; writes {first, steps: [{answer, cached}], keys}: `cached` is what the cache then says of `watched`.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';

let text = '';
for await (const part of process.stdin) text += part;
const { uri, token, watched, steps } = JSON.parse(text);
const headers = { authorization: `Bearer ${token}` };
const client = new ApolloClient({ link: new HttpLink({ uri, headers }), cache: new InMemoryCache() });
const query = gql(watched.text);
const { data: first } = await client.query({ query, variables: watched.variables });
const done = [];
for (const { text, variables } of steps) {
  const document = gql(text);
  const isMutation = document.definitions.some(one => one.operation === 'mutation');
  const { data } = isMutation
    ? await client.mutate({ mutation: document, variables })
    : await client.query({ query: document, variables });
  done.push({ answer: data, cached: client.readQuery({ query, variables: watched.variables }) });
}
console.log(JSON.stringify({ first, steps: done, keys: Object.keys(client.cache.extract()).sort() }));
