"""How the mesh kept to its policies over time: kept by what changed, read without looking at a product again."""
