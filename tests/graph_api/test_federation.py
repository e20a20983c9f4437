"""What the service serves where the settings ask for the federated form."""

import httpx
import pytest
from typer.testing import CliRunner

from graph_api.app import create_app
from graph_api.cli.main import app
from graph_api.federation import federated_schema
from graph_api.neo4j.errors import StartError
from graph_api.serve import import_schemas
from graph_api.settings import Settings, get_settings
from schema.context import Context
from schema.schema import schema
from tests.graph_api.tiny import client, settings


@pytest.mark.parametrize(
    ("given", "federated"),
    [
        ({}, False),
        ({"federation": True}, True),
        ({"federation_prefix": "Catalog"}, True),
        ({"federation_left_out": "viewer"}, True),
        ({"federation_prefix": "Catalog", "federation": False}, False),
    ],
)
def test_one_setting_of_the_form_turns_it_on(given, federated):
    assert Settings(_env_file=None, **given).federated is federated  # type: ignore[call-arg]


@pytest.mark.parametrize("prefix", ["mesh", "Mesh_", "1Mesh", "Me sh"])
def test_a_prefix_begins_a_type_name(prefix):
    with pytest.raises(ValueError, match="federation_prefix"):
        Settings(_env_file=None, federation_prefix=prefix)  # type: ignore[call-arg]


def test_an_unknown_root_field_is_told_at_the_start():
    with pytest.raises(StartError, match=r"MESHWEAVE_FEDERATION_LEFT_OUT: there is no root field 'nodez'\."):
        federated_schema(Settings(_env_file=None, federation_left_out=("nodez",)))  # type: ignore[call-arg]


async def test_the_subgraph_is_at_graphql_and_our_pages_ask_the_plain_form(tmp_path, store):
    chosen = settings(tmp_path).model_copy(update={"federation": True})
    served, plain = import_schemas(chosen)
    assert plain is schema
    service = create_app(chosen, served, lambda _bookmarks: store, Context, access=store, plain_schema=plain)
    async with client(service) as http:
        assert await answer(http, "/graphql", "{ policies { __typename } }") == {
            "data": {"policies": {"__typename": "MeshPolicyConnection"}}
        }
        assert (await answer(http, "/graphql", "{ viewer { name } }"))["errors"][0]["message"] == (
            "Cannot query field 'viewer' on type 'Query'."
        )
        assert await answer(http, "/graphql/plain", "{ viewer { __typename } policies { __typename } }") == {
            "data": {"viewer": {"__typename": "Viewer"}, "policies": {"__typename": "PolicyConnection"}}
        }


async def answer(http: httpx.AsyncClient, path: str, query: str):
    return (await http.post(path, json={"query": query})).json()


def test_the_federated_sdl_is_printed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESHWEAVE_FEDERATION_PREFIX", "Catalog")
    get_settings.cache_clear()
    try:
        printed = CliRunner().invoke(app, ["schema", "export", "--federation"]).output
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert 'type CatalogPolicy implements CatalogNode @key(fields: "id") {' in printed
    assert "viewer" not in printed
