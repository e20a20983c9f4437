// Field names are found by their words too: `customer_email` by email. An index's properties cannot be changed in place.
DROP INDEX product_search IF EXISTS;
CREATE FULLTEXT INDEX product_search IF NOT EXISTS FOR (n:DataProduct)
  ON EACH [n.name, n.searchWords, n.description, n.tags, n.fieldNames, n.fieldWords]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words', `fulltext.eventually_consistent`: false}};
