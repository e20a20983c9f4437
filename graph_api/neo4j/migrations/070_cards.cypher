// What lists show of a product, once more in one property (`resolvers.cards`): a JSON list, the values in the order of
// its fields. Of these only the team may have characters that JSON escapes; control characters but these three it has
// none.
MATCH (p:DataProduct) WHERE p.card IS NULL
CALL (p) {
  WITH replace(replace(p.ownerTeam, '\\', '\\\\'), '"', '\\"') AS quoted
  WITH replace(replace(replace(quoted, '\n', '\\n'), '\r', '\\r'), '\t', '\\t') AS team
  SET p.card = '["' + p.id + '","' + p.urn + '","' + p.name + '","' + p.domain + '","' + p.domainId + '","' + team
    + '","' + p.type + '","' + p.status + '","' + p.version + '"]'
} IN TRANSACTIONS OF 1000 ROWS;
