from graph_api.neo4j.endpoint import Endpoint

LEFT = "MATCH (n:Leftover) RETURN count(*) AS n"


async def test_a_test_may_leave_data_behind(clean_database: Endpoint, cypher) -> None:
    await cypher("CREATE (:Leftover)")
    assert await cypher(LEFT) == [{"n": 1}]


async def test_a_clean_database_has_forgotten_them(clean_database: Endpoint, cypher) -> None:
    assert await cypher(LEFT) == [{"n": 0}]


def test_a_password_stays_out_of_repr() -> None:
    assert "geheim" not in repr(Endpoint("bolt://127.0.0.1:7687", "neo4j", "geheim"))
