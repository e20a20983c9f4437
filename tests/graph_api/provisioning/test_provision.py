"""Provisioning against a real S3 server and a small Kubernetes API."""

import asyncio
from datetime import timedelta

import pytest

from graph_api.provisioning.kubernetes import Kubernetes
from graph_api.provisioning.provisioner import ConfiguredProvisioner
from resolvers.infrastructure.jobs import JobState
from resolvers.infrastructure.provisioner import ApplyError, NoProvisioner
from resolvers.infrastructure.resources import PlannedResource, Target
from resolvers.infrastructure.usage import Prices
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations import infrastructure_apply
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_retire import retire_product
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.infrastructure_apply import apply_next
from resolvers.mutations.infrastructure_deprovision import deprovision
from resolvers.mutations.infrastructure_provision import provision
from resolvers.mutations.requests_record import record_requests
from resolvers.mutations.storage_usage_measure import measure_next
from resolvers.writes.pipeline import WriteOptions
from schema.context import Process
from tests.checksum import checksum
from tests.graph_api.live import listening
from tests.graph_api.provisioning.cluster import Cluster, kubeconfig
from tests.graph_api.provisioning.seaweed import client, in_thread, seaweed
from tests.graphql_execution import ask
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, audit_actions, contract, done, faults

BATCH = {"kind": "BATCH", "uri": "s3://data-mesh-sales/orders/"}
API = {"kind": "API", "uri": "https://api.example.com/orders"}
STREAM = {"kind": "STREAMING", "uri": "kafka://broker.example.com/sales.orders"}
SHOWN = """query($id: ID!) { dataProduct(id: $id) { infrastructure {
  provisioned { state message targets { target available reason } job { state applied failed requestedBy }
    resources { target kind name state reason by } }
  usage { objects bytes storageReason requests transferred requestsReason }
  cost { currency storage networking compute total reasons }
} } }"""
TRANSITIONS = "TRANSITIONS data-mesh-sales/orders/"


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with seaweed(tmp_path_factory.mktemp("seaweed")) as given:
        yield given


@pytest.fixture(autouse=True)
async def no_buckets(request):
    """Each test starts without the buckets of the others."""
    yield
    if "s3" in request.fixturenames:
        s3 = client(request.getfixturevalue("s3"))
        for bucket in s3.list_buckets()["Buckets"]:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    s3.delete_object(Bucket=bucket["Name"], Key=one["Key"], VersionId=one["VersionId"])
            s3.delete_bucket(Bucket=bucket["Name"])


async def orders(store, name="orders", **given):
    if not await store.read("MATCH (d:Domain) RETURN count(d)"):
        await a_domain(store)
    return await a_product(store, name, **{"access_points": [BATCH], "contract": contract(), **given})


async def resources(store, product):
    query = """MATCH (:DataProduct {id: $id})-[:HAS_RESOURCE]->(x) WITH x ORDER BY x.target, x.kind, x.name
    RETURN collect([x.kind + ' ' + x.name, x.state, x.reason])"""
    return {name: (state, reason) for name, state, reason in await store.read(query, id=product.id)}


async def shown(store, product, **process):
    return (await ask(store, SHOWN, process=Process(**process), id=product.id))["dataProduct"]["infrastructure"]


async def test_storage_is_applied_as_far_as_the_server_can(store, s3):
    product, target = await orders(store), ConfiguredProvisioner(s3)
    asked = await provision(store, SALES_OWNER, product.id, None, target)
    assert done(asked).state == JobState.QUEUED
    assert {one.state for one in asked.extra["resources"]} == {"PLANNED"}
    assert (await shown(store, product))["provisioned"]["message"] == (
        "0 of 7 resources are applied, and 7 wait for the job."
    )
    assert await apply_next(store, target) is True
    assert await apply_next(store, target) is False
    found = await resources(store, product)
    assert found["BUCKET data-mesh-sales"] == ("APPLIED", None)
    assert found["VERSIONING data-mesh-sales"] == ("APPLIED", None)
    assert found["ENCRYPTION data-mesh-sales"] == ("APPLIED", None)
    assert found["EXPIRATION data-mesh-sales/orders/"] == ("APPLIED", None)
    state, reason = found[TRANSITIONS]
    assert state == "FAILED"
    assert reason.startswith("The server answered NotImplemented to PutBucketLifecycleConfiguration")
    assert found["POLICY data-mesh-sales"] == (
        "FAILED",
        "The storage is reached without TLS: a policy that demands TLS would lock this server out.",
    )
    real = client(s3)
    (rule,) = (await in_thread(real.get_bucket_lifecycle_configuration, Bucket="data-mesh-sales"))["Rules"]
    assert (rule["ID"], rule["Expiration"]["Days"]) == ("orders-expiration", 365)
    assert (await in_thread(real.get_bucket_versioning, Bucket="data-mesh-sales"))["Status"] == "Enabled"
    told = (await shown(store, product))["provisioned"]
    failed = sum(one["state"] == "FAILED" for one in told["resources"])
    assert told["state"] == "PARTIAL"
    assert told["message"] == f"{7 - failed} of 7 resources are applied; the others say why not."
    assert told["job"] == {"state": "FINISHED", "applied": 7 - failed, "failed": failed, "requestedBy": "sam"}
    assert {one["by"] for one in told["resources"]} == {"sam"}
    assert (await audit_actions(store))[-2:] == ["infrastructureProvision", "infrastructureOutcomeRecord"]


async def test_a_repeated_call_applies_what_differs(store, s3):
    product, target = await orders(store), ConfiguredProvisioner(s3)
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    changed = "MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 RETURN e.afterJson"
    assert '"kind":"BUCKET"' in await store.read(changed)
    done(await provision(store, SALES_OWNER, product.id, [Target.S3], target))
    await apply_next(store, target)
    assert '"changed":[]' in await store.read(changed)
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("2.0.0", retention={"days": 20})))
    done(await provision(store, SALES_OWNER, product.id, [Target.S3], target))
    await apply_next(store, target)
    assert '"changed":[{"kind":"EXPIRATION"' in await store.read(changed)
    found = await resources(store, product)
    assert found[TRANSITIONS] == ("APPLIED", None)  # a retention of 20 days leaves none to apply
    real = client(s3)
    (rule,) = (await in_thread(real.get_bucket_lifecycle_configuration, Bucket="data-mesh-sales"))["Rules"]
    assert rule["Expiration"]["Days"] == 20


async def test_products_share_a_bucket_and_keep_their_rules(store, s3):
    target = ConfiguredProvisioner(s3)
    one = await orders(store)
    other = await orders(store, "returns", contract=contract(retention={"days": 25}))
    for product in (one, other):
        done(await provision(store, SALES_OWNER, product.id, None, target))
    while await apply_next(store, target):
        pass
    rules = (await in_thread(client(s3).get_bucket_lifecycle_configuration, Bucket="data-mesh-sales"))["Rules"]
    assert {rule["ID"]: rule["Expiration"]["Days"] for rule in rules} == {
        "orders-expiration": 365,
        "returns-expiration": 25,
    }


async def test_a_bucket_of_somebody_else_is_not_taken_over(store, s3):
    product, target, real = await orders(store), ConfiguredProvisioner(s3), client(s3)
    await in_thread(real.create_bucket, Bucket="data-mesh-sales")
    await in_thread(real.put_object, Bucket="data-mesh-sales", Key="theirs", Body=b"1")
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    found = await resources(store, product)
    assert found["BUCKET data-mesh-sales"] == (
        "FAILED",
        "The bucket exists and is not tagged domain=sales, managed-by=meshweave: tag it to have it managed from here.",
    )
    assert found["EXPIRATION data-mesh-sales/orders/"] == ("FAILED", "BUCKET data-mesh-sales could not be applied.")
    told = (await shown(store, product))["provisioned"]
    assert (told["state"], told["message"]) == ("NOT_PROVISIONED", "None of 7 resources is applied; each says why not.")


class Dying(ConfiguredProvisioner):
    """A server that is killed when it has just applied its `last` resource, before it can say so."""

    def __init__(self, s3, last: str) -> None:
        super().__init__(s3)
        self.last = last

    async def apply(self, resource: PlannedResource) -> bool:
        changed = await super().apply(resource)
        if resource.kind == self.last:
            raise asyncio.CancelledError
        return changed


@pytest.mark.parametrize("last", ["BUCKET", "ENCRYPTION", "EXPIRATION"])
async def test_a_job_that_was_killed_is_resumed_by_another_server(store, s3, last, monkeypatch):
    product = await orders(store)
    done(await provision(store, SALES_OWNER, product.id, None, ConfiguredProvisioner(s3)))
    with pytest.raises(asyncio.CancelledError):
        await apply_next(store, Dying(s3, last))
    target = ConfiguredProvisioner(s3)
    assert await apply_next(store, target) is False  # the lease is not over
    monkeypatch.setattr(infrastructure_apply.clock, "now", lambda: later())
    assert await apply_next(store, target) is True
    monkeypatch.undo()
    found = await resources(store, product)
    assert [name for name, (state, _) in found.items() if state == "PLANNED"] == []
    assert found["BUCKET data-mesh-sales"] == ("APPLIED", None)
    assert found["EXPIRATION data-mesh-sales/orders/"] == ("APPLIED", None)
    assert (await shown(store, product))["provisioned"]["job"]["state"] == "FINISHED"


def later(now=clock.now):
    return clock.to_text(clock.from_text(now()) + timedelta(minutes=10))


async def test_a_killed_creation_of_a_bucket_is_taken_up(store, s3):
    """Between its creation and its tags a bucket is nobody's."""
    product, target = await orders(store), ConfiguredProvisioner(s3)
    await in_thread(client(s3).create_bucket, Bucket="data-mesh-sales")
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    assert (await resources(store, product))["BUCKET data-mesh-sales"] == ("APPLIED", None)


async def test_wrong_credentials_are_told_without_the_secret(store, s3):
    product, target = await orders(store), ConfiguredProvisioner(s3._replace(secret_key="WRONG-SECRET-OF-US"))
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    state, reason = (await resources(store, product))["BUCKET data-mesh-sales"]
    assert state == "FAILED"
    assert reason.startswith("The server answered 403 to HeadBucket")
    assert "WRONG-SECRET" not in str(await store.read("MATCH (n) RETURN collect(properties(n))"))
    nowhere = ConfiguredProvisioner(s3._replace(endpoint="http://127.0.0.1:9"))
    with pytest.raises(ApplyError, match=r"The storage cannot be reached: EndpointConnectionError\."):
        await nowhere.stored("b", "p/")


async def test_a_cluster_takes_what_is_planned_by_server_side_apply(store, tmp_path):
    pytest.importorskip("lightkube", reason="needs meshweave[infrastructure]")
    product = await orders(store, access_points=[API, STREAM])
    cluster = Cluster()
    async with listening(cluster.app) as port:
        target = ConfiguredProvisioner(kubernetes=Kubernetes(kubeconfig(tmp_path, port)))
        done(await provision(store, SALES_OWNER, product.id, [Target.KUBERNETES], target))
        await apply_next(store, target)
        found = await resources(store, product)
        applied = {name for name, (state, _) in found.items() if state == "APPLIED"}
        assert applied == {
            "Namespace data-mesh-sales",
            "Deployment data-mesh-sales/orders",
            "Service data-mesh-sales/orders",
            "HorizontalPodAutoscaler data-mesh-sales/orders",
            "HTTPRoute data-mesh-sales/orders",
            "SecurityPolicy data-mesh-sales/orders",
        }
        for name in ("BackendTrafficPolicy data-mesh-sales/orders", "KafkaTopic kafka/sales.orders"):
            assert found[name][0] == "FAILED"
            assert found[name][1].startswith(f"The cluster knows no {name.split()[0]} of ")
        assert cluster.refused == []
        path = "apis/apps/v1/namespaces/data-mesh-sales/deployments/orders"
        assert cluster.objects[path]["spec"]["template"]["spec"]["containers"][0]["image"] == "sales/orders:1.0.0"
        before = list(cluster.applied)
        cluster.objects[path]["spec"]["template"]["spec"]["containers"][0]["image"] = "another"
        done(await provision(store, SALES_OWNER, product.id, None, target))
        await apply_next(store, target)
        assert cluster.applied == [*before, path]


async def test_what_others_manage_on_the_cluster_is_left_to_them(store, tmp_path):
    pytest.importorskip("lightkube", reason="needs meshweave[infrastructure]")
    product = await orders(store, access_points=[API])
    cluster = Cluster()
    cluster.foreign.add("apis/apps/v1/namespaces/data-mesh-sales/deployments/orders")
    async with listening(cluster.app) as port:
        target = ConfiguredProvisioner(kubernetes=Kubernetes(kubeconfig(tmp_path, port)))
        done(await provision(store, SALES_OWNER, product.id, None, target))
        await apply_next(store, target)
        state, reason = (await resources(store, product))["Deployment data-mesh-sales/orders"]
        assert (state, reason.startswith("Somebody else manages a field of it: Apply failed")) == ("FAILED", True)
        cluster.objects.clear()
        cluster.objects["api/v1/namespaces/data-mesh-sales"] = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "data-mesh-sales", "labels": {"team": "theirs"}},
        }
        done(await provision(store, SALES_OWNER, product.id, None, target))
        await apply_next(store, target)
        found = await resources(store, product)
        assert found["Namespace data-mesh-sales"][1].startswith("Namespace data-mesh-sales exists without the label")
        assert found["Service data-mesh-sales/orders"] == ("FAILED", "Namespace data-mesh-sales could not be applied.")
        wrong = ConfiguredProvisioner(kubernetes=Kubernetes(kubeconfig(tmp_path, port, "wrong-token")))
        done(await provision(store, SALES_OWNER, product.id, None, wrong))
        await apply_next(store, wrong)
        assert (await resources(store, product))["Namespace data-mesh-sales"] == (
            "FAILED",
            "The cluster answered 401: Unauthorized",
        )


async def test_without_credentials_the_files_are_the_product(store):
    product = await orders(store)
    before = await checksum(store)
    for targets, path in ((None, ("targets",)), ([Target.S3], ("targets", "0")), ([], ("targets",))):
        refused = await provision(store, SALES_OWNER, product.id, targets, NoProvisioner())
        assert faults(refused) == [("INVALID_INPUT", path)]
    assert await checksum(store) == before
    told = (await shown(store, product, provisioner=ConfiguredProvisioner()))["provisioned"]
    assert told["message"].startswith("Nothing was applied from here: the files are the product")
    assert [(one["target"], one["available"]) for one in told["targets"]] == [("S3", False), ("KUBERNETES", False)]
    assert "MESHWEAVE_KUBECONFIG" in told["targets"][1]["reason"]
    with pytest.raises(ApplyError):
        await NoProvisioner().stored("bucket", "prefix/")


class Recorder(ConfiguredProvisioner):
    """Reaches everything, and applies nothing: for what is refused before it would."""

    def unavailable(self, target: str) -> None:
        return None

    async def apply(self, resource: PlannedResource) -> bool:
        raise AssertionError(resource)


async def test_who_may_not_and_what_cannot_be_provisioned_leaves_no_trace(store):
    product, target = await orders(store), Recorder()
    bare = await orders(store, "bare", access_points=[])
    gone = await orders(store, "gone")
    done(await transition_product(store, SALES_OWNER, gone.id, ProductStatus.DEPRECATED))
    done(await retire_product(store, SALES_OWNER, gone.id))
    before = await checksum(store)
    for caller in (READER, OTHER_OWNER):
        assert faults(await provision(store, caller, product.id, None, target)) == [("FORBIDDEN", ())]
        assert faults(await deprovision(store, caller, product.id)) == [("FORBIDDEN", ())]
    assert faults(await provision(store, SALES_OWNER, "prd_none", None, target)) == [("NOT_FOUND", ("productId",))]
    assert faults(await deprovision(store, SALES_OWNER, "prd_none")) == [("NOT_FOUND", ("productId",))]
    assert faults(await provision(store, SALES_OWNER, bare.id, None, target)) == [("INVALID_INPUT", ("targets",))]
    assert faults(await provision(store, SALES_OWNER, gone.id, None, target)) == [
        ("INVALID_TRANSITION", ("productId",))
    ]
    dry = await provision(store, SALES_OWNER, product.id, None, target, WriteOptions(dry_run=True))
    assert done(dry).targets == ["KUBERNETES", "S3"]
    assert await checksum(store) == before


async def test_deprovisioning_deletes_nothing_and_lists_what_is_there(store, s3):
    target, real = ConfiguredProvisioner(s3), client(s3)
    product, other = await orders(store), await orders(store, "returns")
    for one in (product, other):
        done(await provision(store, SALES_OWNER, one.id, None, target))
    while await apply_next(store, target):
        pass
    await in_thread(real.put_object, Bucket="data-mesh-sales", Key="orders/a", Body=b"12345")
    mutation = """mutation($id: ID!) { infrastructureDeprovision(productId: $id) {
      leftovers { kind name holdsData sharedBy command reason } userErrors { message } } }"""
    answer = (await ask(store, mutation, caller=SALES_OWNER, id=product.id))["infrastructureDeprovision"]
    first, *rest = answer["leftovers"]
    assert first == {
        "kind": "OBJECTS",
        "name": "s3://data-mesh-sales/orders/",
        "holdsData": True,
        "sharedBy": 0,
        "command": "aws s3 rm --recursive s3://data-mesh-sales/orders/",
        "reason": "Older versions stay until they expire, or are deleted by their ids.",
    }
    assert {"kind": "BUCKET", "name": "data-mesh-sales", "holdsData": True, "sharedBy": 1, "command": None,
            "reason": "1 other product uses it."} in rest  # fmt: skip
    assert (await in_thread(real.head_object, Bucket="data-mesh-sales", Key="orders/a"))["ContentLength"] == 5
    told = (await shown(store, product))["provisioned"]
    assert (told["state"], {one["state"] for one in told["resources"]}) == ("NOT_PROVISIONED", {"RELEASED"})
    last = (await ask(store, mutation, caller=SALES_OWNER, id=other.id))["infrastructureDeprovision"]["leftovers"]
    assert "aws s3 rb s3://data-mesh-sales" in [one["command"] for one in last]
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    assert (await resources(store, product))["BUCKET data-mesh-sales"] == ("APPLIED", None)


async def test_usage_and_cost_are_measured_or_null_with_a_reason(store, s3):
    product, target, real = await orders(store), ConfiguredProvisioner(s3), client(s3)
    prices = Prices("EUR", storage_gb_month=20.0, requests_million=500.0, transfer_gb=100.0)
    told = await shown(store, product, prices=prices)
    assert told["usage"] == {
        "objects": None,
        "bytes": None,
        "storageReason": "Nothing of it was provisioned from here, so nothing is counted.",
        "requests": None,
        "transferred": None,
        "requestsReason": "No requests to the product were recorded.",
    }
    assert (told["cost"]["total"], len(told["cost"]["reasons"])) == (None, 3)
    assert (await shown(store, product))["cost"]["reasons"] == ["No price table is set on this server."]
    assert await measure_next(store, target) is False
    done(await provision(store, SALES_OWNER, product.id, None, target))
    await apply_next(store, target)
    for key, size in (("orders/a", 600_000), ("orders/b", 400_000), ("others/c", 9)):
        await in_thread(real.put_object, Bucket="data-mesh-sales", Key=key, Body=b"x" * size)
    assert await measure_next(store, target) is True
    assert await measure_next(store, target) is False
    record = {"time": clock.now(), "duration": 0.1, "status": "success", "size": 2_000_000}
    done(await record_requests(store, SALES_OWNER, product.id, [record] * 10))
    told = await shown(store, product, prices=prices)
    assert (told["usage"]["objects"], told["usage"]["bytes"]) == (2, 1_000_000)
    assert (told["usage"]["requests"], told["usage"]["transferred"]) == (10, 20_000_000)
    cost = told["cost"]
    assert (cost["currency"], cost["compute"]) == ("EUR", None)
    assert cost["storage"] == pytest.approx(0.02)
    assert cost["networking"] == pytest.approx(0.005 + 2.0)
    assert cost["total"] == pytest.approx(2.025)
    assert cost["reasons"] == ["Compute: Nothing measures what the workload uses."]
