// Plans that were recorded and resources that were asked for, by their product.
CREATE CONSTRAINT infrastructure_resource IF NOT EXISTS FOR (n:InfrastructureResource)
  REQUIRE (n.productId, n.target, n.kind, n.name) IS UNIQUE;
CREATE CONSTRAINT infrastructure_plan IF NOT EXISTS FOR (n:InfrastructurePlan) REQUIRE (n.productId, n.at) IS UNIQUE;
