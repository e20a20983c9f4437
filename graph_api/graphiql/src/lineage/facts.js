// What is known of the products of a lineage beside their own fields: findings and measured quality.

const COMPLIANCE = `query Findings($scope: ComplianceScopeInput, $asOf: DateTime, $after: String) {
  complianceReport(scope: $scope, asOf: $asOf) {
    violations(first: 1000, after: $after) { nodes { product { id } } pageInfo { hasNextPage endCursor } }
  }
}`;
const PRODUCTS = 1000; // that a report can be asked about by their ids
const DOMAINS = 40; // in one query, each under an alias

/** Sets `findings` of each node to its count of mandatory findings. `ask(query, variables)` resolves to data. */
export async function loadFindings(ask, graph, asOf = null) {
  const ids = graph.nodes.map(node => node.id);
  const scope = ids.length <= PRODUCTS ? { products: ids } : null;
  const counts = new Map();
  for (let after = null, more = true; more; ) {
    const { violations } = (await ask(COMPLIANCE, { scope, asOf, after })).complianceReport;
    for (const { product } of violations.nodes) counts.set(product.id, (counts.get(product.id) ?? 0) + 1);
    ({ hasNextPage: more, endCursor: after } = violations.pageInfo);
  }
  for (const node of graph.nodes) node.findings = counts.get(node.id) ?? 0;
}

/** Sets `quality.measured` of each node with a quality run to its overall score. */
export async function loadMeasured(ask, graph) {
  const domains = [...new Set(graph.nodes.map(node => node.domain))];
  for (let start = 0; start < domains.length; start += DOMAINS) {
    const names = domains.slice(start, start + DOMAINS);
    const fields = names.map((name, k) => `d${k}: domain(name: ${JSON.stringify(name)}) { quality { products { overall passed dataProduct { id } } } }`);
    const answer = await ask(`query Measured { ${fields.join(' ')} }`, {});
    for (const run of Object.values(answer).flatMap(domain => domain?.quality.products ?? [])) {
      const v = graph.index.get(run.dataProduct.id);
      if (v !== undefined) Object.assign(graph.nodes[v].quality, { measured: run.overall, passed: run.passed });
    }
  }
}
