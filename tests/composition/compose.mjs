// Reads [{name, sdl}] from stdin, writes {composer: {errors, supergraph}} to stdout.
import { composeServices as byApollo } from '@apollo/composition';
import { composeServices as byGuild } from '@theguild/federation-composition';
import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition';
import { parse } from 'graphql';

let text = '';
for await (const part of process.stdin) text += part;
const subgraphs = JSON.parse(text).map(({ name, sdl }) => ({ name, url: `http://${name}/graphql`, document: parse(sdl) }));
const services = subgraphs.map(({ name, url, document }) => ({ name, url, typeDefs: document }));

function tried(compose) {
  try {
    return compose();
  } catch (error) {
    return { errors: [`thrown: ${error.message}`], supergraph: null };
  }
}

const composers = {
  apollo: () => {
    const { errors = [], supergraphSdl = null } = byApollo(services);
    return { errors: errors.map(error => error.message), supergraph: supergraphSdl };
  },
  guild: () => {
    const { errors, supergraphSdl = null } = byGuild(services);
    return { errors: (errors ?? []).map(error => error.message), supergraph: supergraphSdl };
  },
  wundergraph: () => {
    const definitions = subgraphs.map(({ name, url, document }) => ({ name, url, definitions: document }));
    const result = federateSubgraphs({ subgraphs: definitions, version: ROUTER_COMPATIBILITY_VERSION_ONE });
    return { errors: result.success ? [] : result.errors.map(error => error.message), supergraph: null };
  },
};
console.log(JSON.stringify(Object.fromEntries(Object.entries(composers).map(([name, compose]) => [name, tried(compose)]))));
