// The search words of the products that there are: `graph_api/neo4j/search_words.py`.
