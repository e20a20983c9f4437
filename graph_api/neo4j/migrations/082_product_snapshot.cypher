// The short fields of a product once more in one property (`resolvers/graph/product_snapshot.py`), ending with its
// revision. Of these only the team may have characters that JSON escapes. `card`, its predecessor, had no revision.
MATCH (p:DataProduct) WHERE p.snapshot IS NULL
CALL (p) {
  WITH replace(replace(p.ownerTeam, '\\', '\\\\'), '"', '\\"') AS quoted
  WITH replace(replace(replace(quoted, '\n', '\\n'), '\r', '\\r'), '\t', '\\t') AS team
  SET p.snapshot = '["' + p.id + '","' + p.urn + '","' + p.name + '","' + p.domain + '","' + p.domainId + '","' + team
    + '","' + p.type + '","' + p.status + '","' + p.version + '",' + p.revision + ']'
  REMOVE p.card
} IN TRANSACTIONS OF 1000 ROWS;
