"""Composition of the schema with the subgraphs of other teams, by the composers of three routers."""

import json
from pathlib import Path

import pytest

from graph_api.federation import federated_schema
from graph_api.settings import Settings
from schema.schema import schema
from schema.sdl import text_of
from tests.npm_project import installed

HERE = Path(__file__).parent
COMPOSERS = ("apollo", "guild", "wundergraph")
RELAY = {"name": "relay", "sdl": (HERE / "relay.graphql").read_text()}
GENERIC = {"name": "generic", "sdl": (HERE / "generic.graphql").read_text()}
PLAIN = {"name": "catalog", "sdl": text_of(schema)}

# A third team, whose names the default form does not get out of the way of.
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
NAMES_SERVERS = {
    "name": "dns",
    "sdl": f"""{LINK}
type Query {{ domains: [Domain!]! }}
type Mutation {{ webhookRegister(url: String!): Boolean }}
type Domain @key(fields: "fqdn") {{ fqdn: String! registrar: String }}
""",
}
# Other teams' subgraphs that say more of the catalog's entities.
INCIDENTS = {
    "name": "incidents",
    "sdl": """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])
type Query { incidents: [Incident!]! }
type Incident @key(fields: "id") { id: ID! product: DataProduct domain: Domain policy: MeshPolicy }
type DataProduct @key(fields: "urn") {
  urn: String! ownerTeam: String! @external incidents: [Incident!]! pager: String! @requires(fields: "ownerTeam")
}
type Domain @key(fields: "name") { name: String! openIncidents: Int! }
type MeshPolicy @key(fields: "id") { id: ID! }
""",
}


def federated(**changed) -> dict[str, str]:
    settings = Settings(_env_file=None).model_copy(update=changed)  # type: ignore[call-arg]
    return {"name": "catalog", "sdl": text_of(federated_schema(settings))}


async def composed(*subgraphs) -> dict[str, dict]:
    project = await installed(HERE)
    code, output = await project.run("compose.mjs", given=json.dumps(subgraphs))
    assert code == 0, output
    results = json.loads(output.splitlines()[-1])
    assert tuple(results) == COMPOSERS
    return results


def errors(results: dict[str, dict]) -> dict[str, list[str]]:
    return {name: result["errors"] for name, result in results.items()}


NONE = {name: [] for name in COMPOSERS}


@pytest.mark.node
@pytest.mark.parametrize("other", [RELAY, GENERIC], ids=["relay", "generic"])
async def test_the_plain_form_collides_with_other_teams_names(other):
    results = await composed(PLAIN, other)
    assert all(result["errors"] for result in results.values())


@pytest.mark.node
async def test_the_plain_form_composes_alone():
    assert errors(await composed(PLAIN)) == NONE


@pytest.mark.node
async def test_the_federated_form_composes_with_a_relay_team_a_generic_one_and_one_that_extends_it():
    results = await composed(federated(), RELAY, GENERIC, INCIDENTS)
    assert errors(results) == NONE
    supergraph = results["apollo"]["supergraph"]
    assert "type Policy\n" in supergraph
    assert "type MeshPolicy implements " in supergraph
    assert "enum Role\n" in supergraph
    assert "enum MeshClassification\n" in supergraph
    assert supergraph.count("  viewer: ") == 1
    assert '@join__type(graph: CATALOG, key: "urn")' in supergraph


@pytest.mark.node
async def test_names_kept_and_root_fields_left_out_are_chosen_by_settings():
    collide = await composed(federated(), NAMES_SERVERS)
    assert all(result["errors"] for result in collide.values())
    chosen = federated(
        federation_prefix="Catalog",
        federation_kept_names=("DataContract", "DataProduct"),
        federation_left_out=("node", "viewer", "domains", "Mutation.webhookRegister"),
    )
    results = await composed(chosen, NAMES_SERVERS)
    assert errors(results) == NONE
    assert "type CatalogDomain implements " in results["apollo"]["supergraph"]
