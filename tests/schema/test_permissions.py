"""No mutation, present or to come, writes without having asked for permission."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
)

from resolvers.model.access import ANONYMOUS, permit
from resolvers.writes import pipeline
from schema.context import Context
from schema.schema import schema
from tests.checksum import checksum
from tests.writes import a_domain

FIELDS = schema._schema.mutation_type.fields if schema._schema.mutation_type else {}
SCALARS: dict[str, Any] = {
    "ID": "prd_none",
    "String": "word",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "JSON": {},
    "DateTime": "2100-01-01T00:00:00Z",
    "Duration": "PT1H",
}


def minimal(kind: Any) -> Any:
    """The least value of an input type."""
    if isinstance(kind, GraphQLNonNull):
        return minimal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLScalarType):
        return SCALARS[kind.name]
    assert isinstance(kind, GraphQLInputObjectType)
    if kind.extensions["strawberry-definition"].is_one_of:
        name, field = next(iter(kind.fields.items()))
        return {name: minimal(field.type)}
    return {name: minimal(f.type) for name, f in kind.fields.items() if isinstance(f.type, GraphQLNonNull)}


def test_there_are_mutations_to_ask():
    assert {"domainRegister", "dataProductCreate", "dependencyRetire"} <= FIELDS.keys()


@pytest.mark.parametrize("name", FIELDS)
async def test_every_mutation_asks_for_permission_first(name, store, monkeypatch):
    await a_domain(store, "word")
    before = await checksum(store)
    asked = []

    def spy(caller, action, domain=None):
        asked.append((caller, action))
        permit(caller, action, domain)

    monkeypatch.setattr(pipeline, "permit", spy)
    field = FIELDS[name]
    needed = {key: arg.type for key, arg in field.args.items() if isinstance(arg.type, GraphQLNonNull)}
    declared = ", ".join(f"${key}: {kind}" for key, kind in needed.items())
    passed = ", ".join(f"{key}: ${key}" for key in needed)
    things = [key for key in get_named_type(field.type).fields if key not in {"userErrors", "violations", "warnings"}]
    query = f"mutation({declared}) {{ answer: {name}({passed}) {{ userErrors {{ code }} dryRun }} }}"
    variables = {key: minimal(kind) for key, kind in needed.items()}
    result = await schema.execute(query, variables, context_value=Context(store, ANONYMOUS))
    assert result.errors is None
    assert things
    assert len(asked) >= 1
    assert result.data is not None
    assert result.data["answer"]["userErrors"] == [{"code": "UNAUTHENTICATED"}]
    assert await checksum(store) == before
