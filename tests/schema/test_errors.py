import logging
from typing import Any

from resolvers.model.errors import StoreError
from tests.graphql_execution import ask_wrongly


class BrokenStore:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def read(self, query: str, /, **parameters: Any) -> Any:
        raise self.error

    async def write(self, work: Any) -> Any:
        raise self.error


async def test_what_the_database_could_not_do_is_told_with_its_code():
    store = BrokenStore(StoreError("The database is unavailable: try again."))
    assert await ask_wrongly(store, "{ dataProducts { nodes { id } pageInfo { endCursor } } }") == (
        {"dataProducts": None},
        [
            {
                "message": "The database is unavailable: try again.",
                "path": ["dataProducts", "nodes"],
                "extensions": {"code": "UNAVAILABLE"},
            }
        ],
    )


async def test_what_nobody_expected_is_masked_and_logged(caplog):
    store = BrokenStore(RuntimeError("bolt://neo4j:hunter2@host"))
    with caplog.at_level(logging.ERROR, "meshweave"):
        data, errors = await ask_wrongly(store, '{ domain(name: "x") { id } }')
    assert data == {"domain": None}
    assert errors == [
        {
            "message": "Something went wrong on our side; it was logged.",
            "path": ["domain"],
            "extensions": {"code": "INTERNAL"},
        }
    ]
    assert "hunter2" in str(caplog.records[0].exc_info)


async def test_what_a_client_wrote_wrongly_keeps_its_words(store):
    data, (error,) = await ask_wrongly(store, "{ dataProducts { nodes { nmae } } }")
    assert data is None
    assert "Cannot query field 'nmae'" in error["message"]
