import { readFileSync } from "node:fs";

// The mesh as a user of @neo4j/graphql would write it down: types over the same graph, lineage by Cypher of their own.
const walk = (pattern) => `
  MATCH path = (s:DataProduct {id: $id})${pattern}(n)
  WITH n, min(length(path)) AS distance
  WITH collect(n) AS reached,
       collect({distance: distance, id: n.id, name: n.name, urn: n.urn, type: n.type, status: n.status}) AS nodes
  RETURN {nodes: nodes, edges: COLLECT {
    UNWIND reached AS n MATCH (n)-[:DEPENDS_ON]->(m) WHERE m IN reached RETURN {source: m.id, target: n.id} }} AS graph`;

const findings = readFileSync(new URL("findings.cypher", import.meta.url), "utf8");

// `scope` says of which products `p`.
const report = (scope) => `
  MATCH (p:DataProduct) ${scope}
  ${findings}
  WITH collect({urn: urn, names: names}) AS products
  CALL (products) {
    UNWIND products AS one UNWIND one.names AS name
    WITH one.urn AS urn, name ORDER BY urn, name
    RETURN collect({urn: urn, policy: name}) AS findings
  }
  CALL (findings) {
    UNWIND findings AS finding
    WITH finding.policy AS name, count(*) AS found, count(DISTINCT finding.urn) AS offenders
    RETURN collect({name: name, findings: found, offenders: offenders}) AS policies
  }
  RETURN {
    checkedProducts: size(products),
    violations: [f IN findings WHERE f.policy IN $refusing][..50],
    warnings: [f IN findings WHERE NOT f.policy IN $refusing][..50],
    policies: policies
  } AS report`;

export const typeDefs = `#graphql
  type DataProduct @node {
    id: ID!
    urn: String!
    name: String!
    searchWords: String
    description: String
    domain: String!
    ownerTeam: String!
    type: String!
    status: String!
    version: String!
    tags: [String!]
    fieldNames: [String!]
    dependencies: [DataProduct!]! @relationship(type: "DEPENDS_ON", direction: OUT)
    consumers: [DataProduct!]! @relationship(type: "DEPENDS_ON", direction: IN)
  }
  type Step { distance: Int!  id: ID!  name: String!  urn: String!  type: String!  status: String! }
  type Flow { source: ID!  target: ID! }
  type Graph { nodes: [Step!]!  edges: [Flow!]! }
  type Finding { urn: String!  policy: String! }
  type Tally { name: String!  findings: Int!  offenders: Int! }
  type Report { checkedProducts: Int!  violations: [Finding!]!  warnings: [Finding!]!  policies: [Tally!]! }
  type Query {
    lineageUp5(id: ID!): Graph @cypher(statement: """${walk("-[:DEPENDS_ON*0..5]->")}""", columnName: "graph")
    lineageDown5(id: ID!): Graph @cypher(statement: """${walk("<-[:DEPENDS_ON*0..5]-")}""", columnName: "graph")
    lineageDown(id: ID!): Graph @cypher(statement: """${walk("<-[:DEPENDS_ON*0..]-")}""", columnName: "graph")
    reportOfDomain(domain: String!, refusing: [String!]!): Report
      @cypher(statement: """${report("WHERE p.domain = $domain AND p.urn >= ''")}""", columnName: "report")
    reportOfMesh(refusing: [String!]!): Report @cypher(statement: """${report("")}""", columnName: "report")
    found(text: String!): [DataProduct!]! @cypher(statement: """
      CALL db.index.fulltext.queryNodes('product_search', $text) YIELD node, score
      RETURN node ORDER BY score DESC LIMIT 100""", columnName: "node")
  }
`;
