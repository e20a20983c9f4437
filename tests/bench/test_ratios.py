"""No shape became more than half slower beside the driver on the same Neo4j; measuring leaves the mesh as it was."""

import asyncio

from bench import gate
from bench.data import load
from bench.mesh import make_mesh
from resolvers.audit import log

TAGS = "MATCH (p:DataProduct) RETURN p.urn AS urn, p.tags AS tags"


async def test_no_shape_is_more_than_half_slower_than_its_baseline(store, clean_database, cypher, tmp_path):
    mesh = make_mesh(gate.PRODUCTS)
    ids, _ = await load(clean_database, mesh)

    def check() -> list[gate.Slower]:
        with gate.measuring(clean_database, tmp_path, mesh, ids) as measure:
            return gate.check(measure, gate.read_baseline())

    slower = await asyncio.to_thread(check)
    assert not slower, "\n" + "\n".join(map(str, slower))
    wanted = {mesh.urn(number): product["tags"] for number, product in enumerate(mesh.products)}
    assert {row["urn"]: row["tags"] for row in await cypher(TAGS)} == wanted
    assert (await log.verify(store)).fault is None
