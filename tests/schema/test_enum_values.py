"""Every value of the schema's enums can occur: a client gives it, or the code stores or returns it."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, GraphQLType, get_named_type

from graph_api.auth.access_tokens import AccessToken
from resolvers.interchange.documents import checked_edge
from resolvers.model.access import Role
from resolvers.model.records import EdgeOrigin
from resolvers.writes import validation
from schema.schema import schema

ROOT = Path(__file__).parents[2]
SOURCES = [path for name in ("resolvers", "schema", "graph_api") for path in sorted((ROOT / name).rglob("*.py"))]
# `STATE = 'VALUE'` or `state: 'VALUE'` in Cypher, and the ends of a CASE.
STORED = r"(?:\bSET\b[^\n]*?\.\w+ = |\b\w+: |\bTHEN |\bELSE )'{value}'"
# Of enums whose values come as text from somewhere else than GraphQL; a test below shows that they are taken.
FROM_OUTSIDE = {"EdgeOrigin", "Role"}
# Part of Federation's own definitions.
FEDERATION = {"link__Purpose"}


def types() -> dict[str, GraphQLType]:
    return {name: kind for name, kind in schema._schema.type_map.items() if not name.startswith("__")}


def given_by_clients() -> set[str]:
    """Names of the types that arguments are made of."""
    found: set[str] = set()

    def add(kind: GraphQLType) -> None:
        named = get_named_type(kind)
        if named.name not in found:
            found.add(named.name)
            for field in named.fields.values() if isinstance(named, GraphQLInputObjectType) else ():
                add(field.type)

    for kind in types().values():
        for field in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
            for argument in field.args.values():
                add(argument.type)
    return found


def produced() -> tuple[dict[str, set[str]], str, set[str]]:
    """Members of classes that the code uses other than to compare, the text of all Cypher, and other texts."""
    members: dict[str, set[str]] = defaultdict(set)
    cypher, texts = [], set()
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        skipped = {
            id(below)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Compare, ast.MatchValue))
            for below in ast.walk(node)
        }
        skipped |= {
            id(node.value)
            for kind in ast.walk(tree)
            if isinstance(kind, ast.ClassDef)
            for node in kind.body
            if isinstance(node, ast.Assign)
        }
        for node in ast.walk(tree):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                members[owner].add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                (cypher.append if "'" in node.value else texts.add)(node.value)
    return members, "\n".join(cypher), texts


OUTPUT = [
    (name, value)
    for name, kind in types().items()
    if isinstance(kind, GraphQLEnumType) and name not in given_by_clients() | FROM_OUTSIDE | FEDERATION
    for value in kind.values
]


@pytest.fixture(scope="module")
def code() -> tuple[dict[str, set[str]], str, set[str]]:
    return produced()


@pytest.mark.parametrize(("name", "value"), OUTPUT)
def test_a_value_that_only_answers_have_is_made_by_the_code(code, name, value):
    members, cypher, texts = code
    owner = schema.schema_converter.type_map[name].definition.wrapped_cls.__name__
    stored = re.search(STORED.format(value=value), cypher)
    assert value in members[owner] or stored or value in texts, f"nothing makes {name}.{value}"


def test_the_search_would_notice_a_value_that_nothing_makes(code):
    members, cypher, texts = code
    assert "PERMISSION" not in members["Reason"] | texts
    assert "COLUMN_LINEAGE" not in members["Basis"] | texts
    assert not re.search(STORED.format(value="PERMISSION"), cypher)


@pytest.mark.parametrize("origin", EdgeOrigin)
def test_documents_state_each_origin_of_a_dependency(origin):
    faults = validation.Faults()
    given = {"provider": "urn:mesh:sales:orders", "origin": origin.value}
    edge = checked_edge(faults, "line 1", "urn:mesh:sales:revenue", given, ("input",))
    faults.raise_any()
    assert edge is not None
    assert edge.origin == origin


@pytest.mark.parametrize("role", Role)
def test_tokens_give_each_role(role):
    assert role in AccessToken("ada", "", (role.value,), (), "", "").caller.roles
