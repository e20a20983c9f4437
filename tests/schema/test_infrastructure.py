"""Infrastructure as clients ask for it."""

import itertools

from resolvers.infrastructure.queries import OF_PRODUCTS, infrastructures
from resolvers.interchange import import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.domain_update import update_domain
from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.mesh import Mesh
from tests.resolvers.infrastructure import checkers
from tests.sample_mesh import fresh_sample
from tests.writes import a_domain, a_product, contract, done

BATCH = {"kind": "BATCH", "uri": "s3://data-mesh-sales/orders/"}
STREAM = {"kind": "STREAMING", "uri": "kafka://broker.example.com/sales.orders"}
PLAN = """query($urn: String!, $since: DateTime!) { dataProduct(urn: $urn) { infrastructure {
  plan {
    storage { bucket prefix encryption versioning transitions { days storageClass } expirationDays noncurrentDays }
    compute { namespace name image cpuRequest memoryLimit autoscaling { minReplicas maxReplicas targetCpuPercent } }
    networking { gateway { authentication } topic { name partitions replication } resilience { retries } }
    monitoring { metrics alerts { serviceLevel condition threshold } }
    names { target name reason } notes
  }
  files { path mediaType content }
  diff(since: $since) { path before after }
  provisioned { state message resources { kind } recordedPlan { digest } }
} } }"""
URN = "urn:mesh:sales:orders"


async def test_settings_that_an_import_wrote_are_those_of_then(store):
    def domain(name, partitions):
        settings = {"infrastructure": {"network": {"partitions": partitions}}}
        return {"kind": "Domain", "name": name, "ownerTeam": "t", "defaults": settings}

    points = [STREAM]
    product = {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE", "accessPoints": points}
    await import_mesh(store, ADMINISTRATOR, [domain("other", 3), domain("sales", 12), product])
    then = clock.now()
    await import_mesh(store, ADMINISTRATOR, [domain("sales", 24)])
    between = clock.now()
    await import_mesh(store, ADMINISTRATOR, [domain("other", 5), domain("sales", 48)])
    query = """query($since: DateTime!) { dataProduct(id: "urn:mesh:sales:orders") { infrastructure {
      diff(since: $since) { path before after } } } }"""
    for since, before in ((then, 12), (between, 24)):
        told = (await ask(store, query, since=since))["dataProduct"]["infrastructure"]["diff"]
        assert told == [{"path": "networking.topic.partitions", "before": before, "after": 48}]


async def test_a_plan_its_files_and_what_changed_since(store):
    domain = await a_domain(store)
    product = await a_product(store, access_points=[BATCH, STREAM], contract=contract(retention={"days": 365}))
    since = clock.now()
    terms = contract("2.0.0", retention={"days": 60})
    done(await publish_contract(store, ADMINISTRATOR, product.id, terms))
    changed = {"defaults": {"infrastructure": {"network": {"partitions": 12}}}}
    done(await update_domain(store, ADMINISTRATOR, domain.id, changed))
    told = (await ask(store, PLAN, urn=URN, since=since))["dataProduct"]["infrastructure"]
    assert told["plan"]["storage"] == {
        "bucket": "data-mesh-sales",
        "prefix": "orders/",
        "encryption": "AES256",
        "versioning": True,
        "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
        "expirationDays": 60,
        "noncurrentDays": 30,
    }
    assert told["plan"]["networking"] == {
        "gateway": None,
        "topic": {"name": "sales.orders", "partitions": 12, "replication": 3},
        "resilience": None,
    }
    changes = {change["path"]: (change["before"], change["after"]) for change in told["diff"]}
    assert changes["storage.expirationDays"] == (365, 60)
    assert changes["networking.topic.partitions"] == (6, 12)
    assert set(changes) == {
        "storage.expirationDays",
        "storage.transitions",
        "networking.topic.partitions",
        "notes",
    }
    assert told["provisioned"] == {
        "state": "NOT_PROVISIONED",
        "message": "Nothing was applied from here: the files are the product; download them and apply them with your "
        "own tools.",
        "resources": [],
        "recordedPlan": None,
    }
    assert [file["path"] for file in told["files"]] == [
        "grafana/dashboard.json",
        "kubernetes/topic.yaml",
        "kubernetes/workload.yaml",
        "prometheus/rules.test.yaml",
        "prometheus/rules.yaml",
        "terraform/storage.tf.json",
    ]


async def test_before_the_product_was_there_the_whole_plan_is_the_difference(store):
    await a_domain(store)
    await a_product(store, contract=contract())
    told = await ask(store, PLAN, urn=URN, since="2020-01-01T00:00:00Z")
    assert [change["path"] for change in told["dataProduct"]["infrastructure"]["diff"]] == ["plan"]


async def test_the_infrastructure_of_a_thousand_products_is_one_query_more(store):
    mesh = Mesh()
    for at in range(1_000):
        mesh.contract(mesh.product("sales", f"p{at:04}", access=[BATCH]))
    await mesh.write(store)
    counting = CountingStore(store)
    query = """{ dataProducts(first: 1000) { nodes { infrastructure { plan { storage { bucket } } } } } }"""
    data = await ask(counting, query)
    assert len(data["dataProducts"]["nodes"]) == 1_000
    assert {node["infrastructure"]["plan"]["storage"]["bucket"] for node in data["dataProducts"]["nodes"]} == {
        "data-mesh-sales"
    }
    assert counting.queries.count(OF_PRODUCTS) == 1
    assert len(counting.queries) == 2


async def test_a_wrong_setting_is_told_with_its_path(store):
    domain = await a_domain(store)
    wrong = {"defaults": {"infrastructure": {"compute": {"minReplicas": 5, "maxReplicas": 2}, "storage": {"x": 1}}}}
    outcome = await update_domain(store, ADMINISTRATOR, domain.id, wrong)
    assert {fault.field for fault in outcome.user_errors} == {
        ("input", "defaults", "infrastructure", "compute"),
        ("input", "defaults", "infrastructure", "storage", "x"),
    }


async def test_every_file_of_the_sample_passes_its_checker(migrated, driver, request_driver, tmp_path):
    store = await fresh_sample(migrated, driver, request_driver)
    ids = await store.read("MATCH (p:DataProduct) RETURN collect(p.id)")
    found = [one for one in await infrastructures(store, ids) if one is not None]
    assert len(found) == 60
    files = [await one.files() for one in found]
    wrong = {
        one.product.urn: checkers.problems(rendered, tmp_path / str(at))
        for at, (one, rendered) in enumerate(zip(found, files, strict=True))
    }
    assert {urn: problems for urn, problems in wrong.items() if problems} == {}
    buckets = [one.plan.storage for one in found if one.plan.storage]
    places = [(storage.bucket, storage.prefix) for storage in buckets]
    assert len(set(places)) == len(places)
    assert all(a != b for a, b in itertools.pairwise(sorted(places)))
