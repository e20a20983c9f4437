from graph_api.neo4j.endpoint import Endpoint


async def test_clean_database_holds_no_node(clean_database: Endpoint, cypher) -> None:
    await cypher("CREATE (:Leftover)")
    assert await cypher("MATCH (n) RETURN labels(n) AS labels") == [{"labels": ["Leftover"]}]


async def test_clean_database_forgets_the_last_test(clean_database: Endpoint, cypher) -> None:
    assert await cypher("MATCH (n) RETURN count(*) AS n") == [{"n": 0}]


def test_a_password_stays_out_of_repr() -> None:
    assert "geheim" not in repr(Endpoint("bolt://127.0.0.1:7687", "neo4j", "geheim"))
