// node server.mjs PORT; NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD say where. Prints "ready" when it answers.
import { createServer } from "node:http";
import { Neo4jGraphQL } from "@neo4j/graphql";
import { createYoga } from "graphql-yoga";
import neo4j from "neo4j-driver";
import { typeDefs } from "./schema.mjs";

const driver = neo4j.driver(
  process.env.NEO4J_URI,
  neo4j.auth.basic(process.env.NEO4J_USER, process.env.NEO4J_PASSWORD),
);
const schema = await new Neo4jGraphQL({ typeDefs, driver }).getSchema();
const yoga = createYoga({ schema, logging: "error", graphiql: false, maskedErrors: false });
const server = createServer(yoga);
// Busy for longer than Node's five seconds, it would close connections whose next request it had not yet looked at.
server.keepAliveTimeout = 120_000;
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
