"""The policy engine: facts about products, expressions, graph patterns, and the judgement of a write."""
