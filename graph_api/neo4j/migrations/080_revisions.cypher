// The revision that held at a time is found by one step into this index, however many a product has.
CREATE INDEX product_revision_from IF NOT EXISTS FOR (n:ProductRevision) ON (n.productId, n.validFrom, n.revision);
