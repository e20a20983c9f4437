// Full text reads words in one normal form (`resolvers/graph/search_text.py`), which are split at spaces alone. What an
// index reads, and how, cannot be changed in place. 096 makes the words of the products that there are.
DROP INDEX product_search IF EXISTS;
CREATE FULLTEXT INDEX product_search IF NOT EXISTS FOR (n:DataProduct)
  ON EACH [n.searchKeys, n.searchWords, n.descriptionWords, n.tagWords, n.fieldWords, n.ownerWords]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: true}};
