"""The catalog on a Neo4j in a container, started by testcontainers."""

from pathlib import Path

import pytest

from graph_api.database import open_database
from graph_api.settings import Settings
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput
from tests import conftest


@pytest.mark.containers
async def test_a_container_serves_the_catalog(tmp_path: Path) -> None:
    if not conftest._engine_answers():
        pytest.skip("no Docker-compatible engine answers that has Neo4j's image or can get it")
    with conftest._container() as endpoint:
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None, data_dir=tmp_path, neo4j_uri=endpoint.uri, neo4j_password=endpoint.password
        )
        async with open_database(settings) as database:
            store = database.store()
            registered = await register_domain(store, ADMINISTRATOR, DomainInput("people", "human-resources"))

            assert registered.thing is not None
            assert await store.read("MATCH (d:Domain) RETURN collect([d.name, d.ownerTeam])") == [
                ["people", "human-resources"]
            ]
            assert await store.read("MATCH (e:AuditEvent) RETURN collect([e.seq, e.action])") == [[1, "domainRegister"]]
