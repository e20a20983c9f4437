"""An import leaves what the mutations would have left, and asks the same leave."""

import orjson
import pytest

from resolvers.audit import log
from resolvers.audit.queries import AuditFilter
from resolvers.audit.stream import read_on
from resolvers.interchange import Imported, ImportRefused, export_mesh, import_mesh
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import StoreError
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput, ProductInput
from resolvers.writes.dependency_edges import DependencyInput
from tests.checksum import checksum
from tests.conftest import EMPTY_LOG, WIPE
from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.policies import a_policy
from tests.resolvers.interchange.meshes import (
    BACK,
    DEFAULTS,
    DOCUMENTS,
    FINANCE,
    ORDERS,
    ORDERS_URN,
    PLAIN,
    REVENUE,
    SALES,
    SCHEMA,
    edge,
    graph_of,
    product,
    urn,
)
from tests.writes import SALES_OWNER, done

REVENUE_URN = urn("revenue", "finance")
WHOLE = Imported(domains=2, products=3, dependencies=3)
NAMES = "MATCH (p:DataProduct) WITH p.name AS name ORDER BY name RETURN collect(name) AS names"


async def names(cypher):
    (row,) = await cypher(NAMES)
    return row["names"]


async def by_mutations(store):
    """The mesh of `DOCUMENTS`, one mutation after another."""
    defaults = {"description": "Sells.", "defaults": DEFAULTS}
    done(await register_domain(store, ADMINISTRATOR, DomainInput("sales", "sales-team", **defaults)))
    done(await register_domain(store, ADMINISTRATOR, DomainInput("finance", "finance-team")))
    ids = {}
    for document in (ORDERS, REVENUE, PLAIN):
        given = {key: value for key, value in document.items() if key not in ("kind", "dependencies")}
        given["owner_team"] = given.pop("ownerTeam", None)
        given["access_points"] = given.pop("accessPoints", None)
        dependencies = [
            DependencyInput(ids[one["provider"]], one.get("fields"), one.get("contractVersion"), one.get("kind"))
            for one in document.get("dependencies", ())
        ]
        made = done(await create_product(store, ADMINISTRATOR, ProductInput(**given, dependencies=dependencies)))
        ids[made.urn] = made.id
    done(await declare_dependency(store, ADMINISTRATOR, ids[BACK["consumer"]], ids[BACK["provider"]]))


@pytest.mark.parametrize("at_once", [500, 1])
async def test_the_graph_is_that_of_the_mutations(store, cypher, at_once):
    await by_mutations(store)
    created = await graph_of(store)
    await cypher(WIPE)
    await cypher(EMPTY_LOG)
    assert await import_mesh(store, ADMINISTRATOR, DOCUMENTS, at_once=at_once) == WHOLE
    assert await graph_of(store) == created
    assert len(created) == 37  # nodes and relationships


EVENTS = """MATCH (e:AuditEvent) WITH e ORDER BY e.seq
RETURN collect([e.seq, e.action, e.domain, e.beforeJson, e.afterJson])"""


async def test_a_chunk_has_an_event_for_each_domain_that_tells_of_its_part_alone(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    events = await store.read(EVENTS)
    assert [event[:4] for event in events] == [
        [1, "import", "finance", None],
        [2, "import", "sales", None],
        [3, "import", "finance", None],
        [4, "import", "sales", None],
    ]
    told = [orjson.loads(event[4]) for event in events]
    assert [[change["after"]["name"] for change in one["changes"]] for one in told[:2]] == [["finance"], ["sales"]]
    (ids,) = await cypher("MATCH (p:DataProduct) RETURN collect([p.urn, p.id]) AS pairs")
    id_of = dict(ids["pairs"])
    assert [sorted(one["urn"] for one in part["products"]) for part in told[2:]] == [
        [REVENUE_URN],
        sorted([ORDERS_URN, urn("plain")]),
    ]
    assert told[2]["dependencies"] == [[id_of[REVENUE_URN], id_of[ORDERS_URN]]]
    assert sorted(told[3]["dependencies"]) == sorted(
        [[id_of[urn("plain")], id_of[REVENUE_URN]], [id_of[ORDERS_URN], id_of[urn("plain")]]]
    )
    assert (await log.verify(store)).fault is None


async def test_events_of_an_import_are_found_by_domain_and_by_product(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    (row,) = await cypher("MATCH (p:DataProduct {name: 'revenue'}) RETURN p.id AS id")
    query = """query($id: ID!) { auditEvents(filter: {domain: "finance"}) { totalCount nodes { seq domain } }
      dataProduct(id: $id) { auditEvents(first: 1) { totalCount nodes { seq action }
        pageInfo { hasNextPage endCursor } } } }"""
    data = await ask(store, query, caller=ADMINISTRATOR, id=row["id"])
    assert data["auditEvents"] == {
        "totalCount": 2,
        "nodes": [{"seq": 3, "domain": "finance"}, {"seq": 1, "domain": "finance"}],
    }
    await import_mesh(store, ADMINISTRATOR, [product("revenue", "finance", description="anew", type="AGGREGATE")])
    events = (await ask(store, query, caller=ADMINISTRATOR, id=row["id"]))["dataProduct"]["auditEvents"]
    assert (events["totalCount"], events["nodes"]) == (2, [{"seq": 5, "action": "import"}])
    older = query.replace("(first: 1)", f'(after: "{events["pageInfo"]["endCursor"]}")')
    events = (await ask(store, older, caller=ADMINISTRATOR, id=row["id"]))["dataProduct"]["auditEvents"]
    assert events["nodes"] == [{"seq": 3, "action": "import"}]
    batch = await read_on(store, AuditFilter(domain="sales"), 0)
    assert [event.seq for event in batch.events] == [2, 4]


async def test_events_of_an_import_are_found_by_the_subject_that_they_mention(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    (row,) = await cypher("MATCH (p:DataProduct {name: 'revenue'}) RETURN p.id AS id")
    done(await update_product(store, ADMINISTRATOR, row["id"], {"description": "by hand"}))
    await import_mesh(store, ADMINISTRATOR, [product("revenue", "finance", description="anew", type="AGGREGATE")])
    query = """query($filter: AuditFilter!, $after: String) { auditEvents(filter: $filter, first: 2, after: $after) {
      totalCount nodes { seq action } pageInfo { hasNextPage endCursor } } }"""

    async def page(after=None, **filter):
        return (await ask(store, query, caller=ADMINISTRATOR, filter={"subjectId": row["id"], **filter}, after=after))[
            "auditEvents"
        ]

    newest = await page()
    assert (newest["totalCount"], newest["nodes"]) == (
        3,
        [{"seq": 6, "action": "import"}, {"seq": 5, "action": "dataProductUpdate"}],
    )
    oldest = await page(newest["pageInfo"]["endCursor"])
    assert (oldest["nodes"], oldest["pageInfo"]["hasNextPage"]) == ([{"seq": 3, "action": "import"}], False)
    assert (await page(action="import"))["totalCount"] == 2
    assert (await page(subjectKind="DATA_PRODUCT"))["nodes"] == [{"seq": 5, "action": "dataProductUpdate"}]
    assert (await page(domain="sales"))["nodes"] == []
    # The stream has the same events.
    assert [event.seq for event in (await read_on(store, AuditFilter(subject_id=row["id"]), 0)).events] == [3, 5, 6]
    assert [event.seq for event in (await read_on(store, AuditFilter(subject_id="prd_none"), 0)).events] == []


async def test_the_number_of_statements_does_not_grow_with_products(store):
    counting = []
    for number in (2, 40):
        counted = CountingStore(store)
        products = [
            product(f"p{number}-{at}", contract={"version": "1.0.0", "jsonSchema": SCHEMA}) for at in range(number)
        ]
        edges = [edge(urn(f"p{number}-{at}"), urn(f"p{number}-{at - 1}")) for at in range(1, number)]
        await import_mesh(counted, ADMINISTRATOR, [SALES, *products, *edges])
        counting.append([text for text in counted.statements if "Domain {name: $domain.name}" not in text])
    assert counting[1] == counting[0][-len(counting[1]) :]
    assert len(counting[1]) == 7


async def test_a_second_run_changes_nothing(store):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    before = await checksum(store)
    assert await import_mesh(store, ADMINISTRATOR, DOCUMENTS) == Imported(known=8)
    assert await checksum(store) == before


async def test_a_run_goes_on_where_one_was_cut_short(store):
    class Cut(Exception):
        pass

    def after_first(imported):
        if imported.products == 1:
            raise Cut

    with pytest.raises(Cut):
        await import_mesh(store, ADMINISTRATOR, DOCUMENTS, after_first, at_once=1)
    went_on = await import_mesh(store, ADMINISTRATOR, DOCUMENTS, at_once=1)
    assert (went_on.domains, went_on.products, went_on.dependencies) == (0, 2, 3)
    assert await import_mesh(store, ADMINISTRATOR, DOCUMENTS) == Imported(known=8)


async def test_what_takes_too_long_is_tried_in_halves(store):
    class Slow(CountingStore):
        async def write(self, work):
            async def timed(tx):
                return await work(Timed(tx))

            return await self._store.write(timed)

    class Timed:
        def __init__(self, tx):
            self._tx = tx

        async def run(self, query, /, **parameters):
            if len(parameters.get("saved", {}).get("products", ())) > 1:
                raise StoreError("too slow", "TIMEOUT")
            return await self._tx.run(query, **parameters)

    assert await import_mesh(Slow(store), ADMINISTRATOR, DOCUMENTS) == WHOLE
    assert await import_mesh(store, ADMINISTRATOR, DOCUMENTS) == Imported(known=8)


async def test_what_a_document_says_is_changed_and_the_rest_stays(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    changed = product("plain", type="DERIVED", status="PRODUCTION", tags=["new"], dependencies=None)
    on_revenue = edge(urn("plain"), REVENUE_URN, fields=["order_id"])
    finance = {**FINANCE, "description": "Counts."}
    imported = await import_mesh(store, ADMINISTRATOR, [changed, on_revenue, finance])
    assert imported == Imported(changed=2, dependencies=1)
    (row,) = await cypher(
        """MATCH (p:DataProduct {name: 'plain'})-[:DEPENDS_ON]->(b)
        RETURN p.status AS status, p.tags AS tags, p.revision AS revision, p.ownerTeam AS team,
        COUNT { (p)-[:HAS_REVISION]->() } AS revisions, COUNT { (p)-[:DEPENDED_ON]->() } AS past, b.name AS provider"""
    )
    assert row == {
        "status": "PRODUCTION",
        "tags": ["new"],
        "revision": 2,
        "team": "sales-team",
        "revisions": 2,
        "past": 1,
        "provider": "revenue",
    }


async def test_a_contract_goes_on_by_its_rules(store, cypher):
    unpinned = [
        {key: value for key, value in edge.items() if key != "contractVersion"} for edge in REVENUE["dependencies"]
    ]
    documents = [{**one, "dependencies": unpinned} if one is REVENUE else one for one in DOCUMENTS]
    await import_mesh(store, ADMINISTRATOR, documents)
    fewer = {**SCHEMA, "properties": {"customerEmail": SCHEMA["properties"]["customerEmail"]}, "required": []}
    more = {**SCHEMA, "properties": {**SCHEMA["properties"], "channel": {"type": "string"}}}

    def with_contract(version, schema):
        return product("raw_orders-v2", contract={"version": version, "jsonSchema": schema})

    before = await checksum(store)
    for document, message in [
        (with_contract("1.0.0", more), "in force with another jsonSchema, and a version never changes"),
        (with_contract("1.0.1", more), "must be 1.1.0 or higher"),
        (with_contract("2.0.0", fewer), f"breaks 1 consumer in finance: {REVENUE_URN}"),
    ]:
        with pytest.raises(ImportRefused, match=message):
            await import_mesh(store, ADMINISTRATOR, [document])
        assert await checksum(store) == before
    assert await import_mesh(store, ADMINISTRATOR, [with_contract("1.1.0", more)]) == Imported(changed=1)
    found = await cypher(
        """MATCH (p:DataProduct {name: 'raw_orders-v2'})-[:HAS_CONTRACT]->(c)
        RETURN c.version AS version, c.status AS status, c.id = p.contractId AS current,
          'channel' IN p.fieldNames AS named ORDER BY version"""
    )
    assert found == [
        {"version": "1.0.0", "status": "SUPERSEDED", "current": False, "named": True},
        {"version": "1.1.0", "status": "ACTIVE", "current": True, "named": True},
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"kind": "Team"},
            r"document 7 Team: kind: .*of Domain, DataProduct, Dependency, Policy, Waiver, Template; got 'Team'",
        ),
        ([], "document 7: A document is a JSON object"),
        (product("new", size=3), "DataProduct sales new: The document does not know size"),
        ({"kind": "DataProduct", "domain": "sales"}, "lacks name, type"),
        (product("new", status="GONE"), "status: A status is one of DEVELOPMENT, TESTING, PRODUCTION, DEPRECATED"),
        (product("new", tags="gold"), "tags: Give a list"),
        (product("new", 5), "domain: Give text"),
        (product("new", type=["SOURCE"]), "type: Give text"),
        (product("new", accessPoints=["x"]), "accessPoints: Give a list of objects"),
        (
            product("new", contract={"version": "1.0", "jsonSchema": {"type": "objekt"}}),
            "contract.jsonSchema.type: 'obj",
        ),
        (product("new", "nowhere"), "There is no domain 'nowhere', here or in the mesh"),
        (product("plain"), "'urn:mesh:sales:plain' is already at document 2"),
        (product("new", dependencies=[{"provider": urn("gone")}]), "no data product 'urn:mesh:sales:gone', here or in"),
        (product("new", dependencies=[{}]), "dependencies.0.provider: Name a data product by its urn"),
        (edge(urn("gone"), ORDERS_URN), "document 7: There is no data product 'urn:mesh:sales:gone'"),
        (edge(ORDERS_URN, ORDERS_URN), "cannot depend on itself"),
        (edge(ORDERS_URN, urn("plain")), "on urn:mesh:sales:plain is already at document 1"),
        (edge(urn("plain"), ORDERS_URN, fields=["nope"]), r"contract of .* \(document 4\) has no field 'nope'"),
        ({"kind": "Dependency", "provider": ORDERS_URN}, "consumer: Name a data product by its urn"),
    ],
)
async def test_nothing_is_written_when_a_document_is_bad(store, document, message):
    before = await checksum(store)
    with pytest.raises(ImportRefused, match=message) as refused:
        await import_mesh(store, ADMINISTRATOR, [*DOCUMENTS, document])
    assert len(refused.value.reasons) == (2 if "objekt" in str(document) else 1)
    assert await checksum(store) == before


async def test_all_faults_are_told_together(store):
    bad = [product(f"p{number}", type="WRONG", version="x") for number in range(30)]
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, [SALES, *bad])
    assert len(refused.value.reasons) == 60
    assert refused.value.reasons[0].startswith("document 2 DataProduct sales p0: type: A type is one of")


async def test_a_promise_to_a_contract_of_the_mesh_is_asked_of_the_mesh(store):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    before = await checksum(store)
    with pytest.raises(ImportRefused, match="'raw_orders-v2' has no field 'nope'"):
        await import_mesh(store, ADMINISTRATOR, [product("new"), edge(urn("new"), ORDERS_URN, fields=["nope"])])
    assert await checksum(store) == before


async def test_a_violation_leaves_no_trace_of_its_chunk(store):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    await a_policy(store, "data_classification_required")
    before = await checksum(store)
    with pytest.raises(ImportRefused, match="document 2 urn:mesh:sales:plain: data_classification_required: "):
        await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    assert await checksum(store) == before


async def test_what_violates_is_skipped_with_what_depends_on_it(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    await a_policy(store, "data_classification_required")
    fine = product("fine", contract={"version": "1.0.0", "jsonSchema": {"type": "object"}})
    user = {**fine, "name": "user", "dependencies": [{"provider": urn("plain")}]}
    documents = [*DOCUMENTS, fine, user, edge(urn("fine"), ORDERS_URN), edge(urn("fine"), urn("user"))]
    for at_once in (1, 500):
        imported = await import_mesh(store, ADMINISTRATOR, documents, skip=True, at_once=at_once)
        assert await names(cypher) == ["fine", "raw_orders-v2", "revenue"]
        assert [line.split(":")[0] for line in imported.skipped if "plain: data_class" in line] == ["document 2 urn"]
        assert any(line.startswith("document 8") for line in imported.skipped)  # user depends on plain
        assert any(line.startswith("document 1 ") for line in imported.skipped)  # and so did BACK
    assert (imported.products, imported.known) == (0, 7)  # two domains, three products, two dependencies


async def test_a_cycle_is_refused_or_left_open(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    await a_policy(store, "acyclic_dependencies")
    before = await checksum(store)
    with pytest.raises(ImportRefused, match="acyclic_dependencies"):
        await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    assert await checksum(store) == before
    imported = await import_mesh(store, ADMINISTRATOR, DOCUMENTS, skip=True, at_once=1)
    assert (imported.products, imported.dependencies) == (3, 2)
    assert len(imported.skipped) == 1


async def test_an_older_fault_does_not_hold_up_another_change(store):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    await a_policy(store, "data_classification_required")
    described = product("plain", type="DERIVED", description="Without a contract, as before.")
    assert await import_mesh(store, ADMINISTRATOR, [described]) == Imported(changed=1)


async def test_an_owner_imports_into_own_domains_only(store, cypher):
    await import_mesh(store, ADMINISTRATOR, [SALES, FINANCE])
    assert (await import_mesh(store, SALES_OWNER, [ORDERS])).products == 1
    before = await checksum(store)
    with pytest.raises(ImportRefused, match="'sam' may not WRITE_PRODUCT in domain 'finance'"):
        await import_mesh(store, SALES_OWNER, [product("other"), product("theirs", "finance")])
    with pytest.raises(ImportRefused, match="REGISTER_DOMAIN"):
        await import_mesh(store, SALES_OWNER, [{**FINANCE, "name": "third"}])
    assert await checksum(store) == before


async def test_products_are_named_by_id_too(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    (row,) = await cypher("MATCH (p:DataProduct {name: 'revenue'}) RETURN p.id AS id")
    new = product("new", dependencies=[{"provider": row["id"]}])
    assert await import_mesh(store, ADMINISTRATOR, [new]) == Imported(products=1, dependencies=1)


async def test_what_is_exported_imports_as_the_same_mesh(store, cypher):
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    exported = [document async for document in export_mesh(store)]
    assert await import_mesh(store, ADMINISTRATOR, exported) == Imported(known=8)
    before = await graph_of(store)
    await cypher(WIPE)
    await cypher(EMPTY_LOG)
    assert await import_mesh(store, ADMINISTRATOR, exported) == WHOLE
    assert await graph_of(store) == before
    assert [document async for document in export_mesh(store)] == exported
