// Product templates, and which products were made from one.
CREATE CONSTRAINT template_version IF NOT EXISTS FOR (n:ProductTemplate) REQUIRE (n.name, n.version) IS UNIQUE;
CREATE CONSTRAINT template_id IF NOT EXISTS FOR (n:ProductTemplate) REQUIRE n.id IS UNIQUE;
CREATE INDEX product_template IF NOT EXISTS FOR (n:DataProduct) ON (n.templateName, n.urn);
