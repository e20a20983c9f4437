// Updated behind the commit: a write need not wait for the text of its products to be indexed. Searches wait instead,
// for what was committed before them. How an index is updated cannot be changed in place.
DROP INDEX product_search IF EXISTS;
CREATE FULLTEXT INDEX product_search IF NOT EXISTS FOR (n:DataProduct)
  ON EACH [n.name, n.searchWords, n.description, n.tags, n.fieldNames, n.fieldWords]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words', `fulltext.eventually_consistent`: true}};
