"""Initialize, retire and restore: the ends of a product's life."""

from resolvers.governance.engine.facts_cypher import Scope
from resolvers.governance.history.recorder import record
from resolvers.governance.report import report_on
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_initialize import initialize_product
from resolvers.mutations.data_product_restore import restore_product
from resolvers.mutations.data_product_retire import retire_product
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.inputs import DependencyInput, ProductInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.policies import a_policy
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, contract, done, faults

BATCH = {"kind": "BATCH", "uri": "s3://data-mesh-sales/orders/"}
FOUND = """query($f: DataProductFilter, $id: ID!, $search: String) {
  dataProducts(filter: $f, search: $search) { totalCount nodes { name } facets { status { value } } }
  domain(name: "sales") { dataProducts { totalCount } }
  lineage(roots: [$id], direction: BOTH) { nodes { product { name } } }
}"""


async def test_initialize_records_the_plan_and_moves_to_testing(store):
    await a_domain(store)
    product = await a_product(store, access_points=[BATCH], contract=contract())
    before = await checksum(store)
    for caller in (READER, OTHER_OWNER):
        assert faults(await initialize_product(store, caller, product.id)) == [("FORBIDDEN", ())]
    dry = await initialize_product(store, SALES_OWNER, product.id, WriteOptions(dry_run=True))
    assert done(dry).status == "TESTING"
    assert await checksum(store) == before
    done(await initialize_product(store, SALES_OWNER, product.id))
    query = """query($id: ID!) { dataProduct(id: $id) {
      status infrastructure { provisioned { state recordedPlan { digest by } } }
    } }"""
    told = (await ask(store, query, id=product.id))["dataProduct"]
    assert told["status"] == "TESTING"
    assert told["infrastructure"]["provisioned"]["recordedPlan"]["by"] == "sam"
    event = "MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 RETURN [e.action, e.afterJson]"
    action, after = await store.read(event)
    assert action == "dataProductInitialize"
    assert told["infrastructure"]["provisioned"]["recordedPlan"]["digest"] in after
    again = await initialize_product(store, SALES_OWNER, product.id)
    assert faults(again) == [("INVALID_TRANSITION", ("to",))]


async def test_a_product_is_retired_without_consumers_and_restored(store):
    await a_domain(store)
    source = await a_product(store, "source")
    orders = await a_product(store, "orders", dependencies=[DependencyInput(source.id)])
    revenue = await a_product(store, "revenue", dependencies=[DependencyInput(orders.id)])
    early = await retire_product(store, SALES_OWNER, orders.id)
    assert faults(early) == [("INVALID_TRANSITION", ("id",))]
    assert "it can become TESTING or PRODUCTION or DEPRECATED" in early.user_errors[0].message
    done(await transition_product(store, SALES_OWNER, orders.id, ProductStatus.DEPRECATED))
    before = await checksum(store)
    used = await retire_product(store, SALES_OWNER, orders.id)
    assert faults(used) == [("INVALID_TRANSITION", ("id",))]
    assert "urn:mesh:sales:revenue" in used.user_errors[0].message
    assert await checksum(store) == before
    done(await retire_dependency(store, SALES_OWNER, revenue.id, orders.id))
    retired = done(await retire_product(store, SALES_OWNER, orders.id))
    assert (retired.status, retired.urn) == ("RETIRED", "urn:mesh:sales:orders")

    told = await ask(store, FOUND, id=source.id)
    assert told["dataProducts"]["totalCount"] == 2
    assert [node["name"] for node in told["dataProducts"]["nodes"]] == ["revenue", "source"]
    assert {one["value"] for one in told["dataProducts"]["facets"]["status"]} == {"DEVELOPMENT"}
    assert told["domain"]["dataProducts"]["totalCount"] == 2
    assert [node["product"]["name"] for node in told["lineage"]["nodes"]] == ["source"]
    assert (await ask(store, FOUND, id=source.id, search="orders"))["dataProducts"]["totalCount"] == 0
    chosen = await ask(store, FOUND, id=source.id, f={"status": ["RETIRED"]})
    assert [node["name"] for node in chosen["dataProducts"]["nodes"]] == ["orders"]
    by_id = await ask(store, "query($id: ID!) { dataProduct(id: $id) { status } }", id=orders.id)
    assert by_id["dataProduct"] == {"status": "RETIRED"}

    taken = await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE"))
    assert faults(taken) == [("ALREADY_EXISTS", ("input", "name"))]
    assert "dataProductRestore" in taken.user_errors[0].message
    stuck = await transition_product(store, SALES_OWNER, orders.id, ProductStatus.PRODUCTION)
    assert "dataProductRestore makes it DEPRECATED" in stuck.user_errors[0].message
    restored = done(await restore_product(store, ADMINISTRATOR, orders.id))
    assert (restored.id, restored.status) == (orders.id, "DEPRECATED")
    assert faults(await restore_product(store, ADMINISTRATOR, orders.id)) == [("INVALID_TRANSITION", ("id",))]


async def test_nothing_new_depends_on_a_retired_product(store):
    await a_domain(store)
    orders = await a_product(store, "orders")
    done(await transition_product(store, SALES_OWNER, orders.id, ProductStatus.DEPRECATED))
    done(await retire_product(store, SALES_OWNER, orders.id))
    before = await checksum(store)
    given = ProductInput("sales", "revenue", "DERIVED", dependencies=[DependencyInput(orders.id)])
    refused = await create_product(store, SALES_OWNER, given)
    assert faults(refused) == [("NOT_FOUND", ("input", "dependencies", "0", "provider"))]
    assert await checksum(store) == before


async def test_a_retired_product_is_judged_by_nothing_and_declares_nothing(store):
    await a_domain(store)
    orders, source = await a_product(store, "orders"), await a_product(store, "source")
    await a_policy(store, "data_classification_required", "ADVISORY")
    done(await transition_product(store, SALES_OWNER, orders.id, ProductStatus.DEPRECATED))
    then = clock.now()
    assert await record(store) is True
    retired = await retire_product(store, SALES_OWNER, orders.id)
    assert (done(retired).status, retired.warnings) == ("RETIRED", ())
    report = await report_on(store)
    assert (report.checked_products, {one.product_id for one in report.warnings}) == (1, {source.id})
    assert (await report_on(store, Scope(domains=("sales",)))).checked_products == 1
    assert (await report_on(store, Scope(ids=(orders.id,)))).checked_products == 0
    assert (await report_on(store, as_of=then)).checked_products == 2
    query = "query($id: ID!) { dataProduct(id: $id) { compliance { overallCompliance checkedProducts } } }"
    told = (await ask(store, query, id=orders.id))["dataProduct"]["compliance"]
    assert told == {"overallCompliance": True, "checkedProducts": 0}
    assert await record(store) is True
    open_spans = "MATCH (s:ComplianceSpan) WHERE s.until > $now RETURN collect(s.productId)"
    assert await store.read(open_spans, now=clock.now()) == [source.id]
    before = await checksum(store)
    refused = await declare_dependency(store, SALES_OWNER, orders.id, source.id)
    assert faults(refused) == [("INVALID_TRANSITION", ("consumerId",))]
    refused = await declare_dependency(store, SALES_OWNER, source.id, orders.id)
    assert faults(refused) == [("NOT_FOUND", ("providerId",))]
    assert await checksum(store) == before
    done(await restore_product(store, SALES_OWNER, orders.id))
    assert (await report_on(store)).checked_products == 2
