// Lists of one type, status or classification are walked in urn order, however few products have it.
CREATE INDEX product_type IF NOT EXISTS FOR (n:DataProduct) ON (n.type, n.urn);
CREATE INDEX product_status IF NOT EXISTS FOR (n:DataProduct) ON (n.status, n.urn);
CREATE INDEX product_classification IF NOT EXISTS FOR (n:DataProduct) ON (n.classification, n.urn);
