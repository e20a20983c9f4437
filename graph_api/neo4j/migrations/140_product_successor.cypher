// `successor` and `sunset` of a deprecated product are properties of it; they were keys of its metadata, which
// `graph_api/neo4j/metadata_successors.py` moves once these statements ran.
CREATE INDEX product_successor IF NOT EXISTS FOR (n:DataProduct) ON (n.successor);
