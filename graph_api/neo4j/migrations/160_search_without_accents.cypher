// Search words have no accents: `graph_api/neo4j/search_words.py` makes those of the products that there are anew.
