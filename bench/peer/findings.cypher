// The policies of bench/policies.py, as their user would write them for products `p`: what each product offends.
OPTIONAL MATCH (c:DataContract {id: p.contractId})
WITH p.urn AS urn, [name IN [
    CASE WHEN c.classification IS NULL THEN 'data_classification_required' END,
    CASE WHEN size(p.tags) > 10 THEN 'few_tags' END,
    CASE WHEN trim(p.ownerTeam) = '' OR toLower(trim(p.ownerTeam)) IN
      ['unknown', 'none', 'nobody', 'tbd', 'todo', 'n/a', '-'] THEN 'owner_required' END,
    CASE WHEN p.status = 'PRODUCTION' AND (c IS NULL OR trim(p.description) = '' OR p.accessPointsJson = '[]')
      THEN 'production_ready' END,
    CASE WHEN c.retentionJson IS NULL THEN 'retention_policy_required' END,
    CASE WHEN trim(p.description) = '' THEN 'schema_documentation_required' END,
    CASE WHEN c IS NULL OR NOT EXISTS { (c)-[:HAS_FIELD]->(:ContractField) } THEN 'schema_documentation_required' END
  ] WHERE name IS NOT NULL] + COLLECT {
    MATCH (p)-[r:DEPENDS_ON]->(q:DataProduct)
    WHERE q.domain <> p.domain AND (r.contractVersion IS NULL
      OR NOT EXISTS { (q)-[:HAS_CONTRACT]->(:DataContract {version: r.contractVersion}) })
    RETURN 'pinned_cross_domain_contracts'
  } AS names
