"""The whole storage plan on a server that has all of S3's calls: exactly what is planned, and nothing twice."""

import asyncio
import json
from typing import Any

import pytest

from graph_api.provisioning.provisioner import ConfiguredProvisioner
from graph_api.provisioning.s3 import S3Credentials
from resolvers.infrastructure.resources import PlannedResource, Target
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations import infrastructure_apply
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.infrastructure_apply import apply_next
from resolvers.mutations.infrastructure_provision import provision
from tests.graph_api.provisioning.moto_server import moto
from tests.graph_api.provisioning.seaweed import client
from tests.graph_api.provisioning.test_provision import later, orders, resources, shown
from tests.graphql_execution import ask
from tests.writes import SALES_OWNER, contract, done

BUCKET = "data-mesh-sales"
PLAN = """query($id: ID!) { dataProduct(id: $id) { infrastructure { plan { storage {
  bucket prefix encryption versioning transitions { days storageClass } expirationDays noncurrentDays
} } } } }"""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyWithoutTLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
TIERS = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]
KINDS = ("BUCKET", "VERSIONING", "ENCRYPTION", "PUBLIC_ACCESS_BLOCK", "EXPIRATION", "TRANSITIONS", "POLICY")


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with moto(tmp_path_factory.mktemp("moto")) as given:
        yield given


@pytest.fixture(autouse=True)
def no_buckets(s3):
    """Each test starts without the buckets of the others."""
    yield
    real = client(s3)
    for bucket in real.list_buckets()["Buckets"]:
        for one in real.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
            real.delete_object(Bucket=bucket["Name"], Key=one["Key"])
        real.delete_bucket(Bucket=bucket["Name"])


class Watched(ConfiguredProvisioner):
    """Notes the calls that write. With `last`, the server is killed at that kind of resource: before the target has it,
    or right `after`."""

    def __init__(self, s3: S3Credentials, last: str | None = None, after: bool = False) -> None:
        super().__init__(s3)
        self.last, self.after = last, after
        self.calls: list[str] = []
        assert self._s3 is not None
        self._s3.client.meta.events.register("before-call.s3", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(("Get", "Head", "List")):
            self.calls.append(model.name)

    async def apply(self, resource: PlannedResource) -> bool:
        if resource.kind == self.last and not self.after:
            raise asyncio.CancelledError
        changed = await super().apply(resource)
        if resource.kind == self.last:
            raise asyncio.CancelledError
        return changed


def state(s3: S3Credentials, bucket: str = BUCKET) -> dict[str, Any]:
    """All that the server has of the bucket."""
    real = client(s3)
    rules = real.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    encryption = real.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    block = real.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    return {
        "tags": {one["Key"]: one["Value"] for one in real.get_bucket_tagging(Bucket=bucket)["TagSet"]},
        "versioning": real.get_bucket_versioning(Bucket=bucket)["Status"],
        "encryption": [one["ApplyServerSideEncryptionByDefault"] for one in encryption],
        "block": block,
        "rules": {rule.pop("ID"): rule for rule in rules},
        "policy": json.loads(real.get_bucket_policy(Bucket=bucket)["Policy"]),
    }


def expected(expiration: int = 365, tiers: list[dict[str, Any]] = TIERS, noncurrent: int | None = 30) -> dict[str, Any]:
    place = {"Filter": {"Prefix": "orders/"}, "Status": "Enabled"}
    older = {} if noncurrent is None else {"NoncurrentVersionExpiration": {"NoncurrentDays": noncurrent}}
    return {
        "tags": {"domain": "sales", "managed-by": "meshweave"},
        "versioning": "Suspended" if noncurrent is None else "Enabled",
        "encryption": [{"SSEAlgorithm": "AES256"}],
        "block": dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
        "rules": {
            "orders-expiration": {**place, "Expiration": {"Days": expiration}, **older},
            "orders-transitions": {**place, "Transitions": tiers},
        },
        "policy": POLICY,
    }


async def provisioned(store, product, target) -> list[str]:
    """Kinds that the job found to be otherwise, as the audit log tells."""
    done(await provision(store, SALES_OWNER, product.id, [Target.S3], target))
    assert await apply_next(store, target) is True
    text = await store.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 RETURN e.afterJson")
    event = json.loads(text)
    assert (event["applied"], event["failed"], event["failures"]) == (7, 0, [])
    return [one["kind"] for one in event["changed"]]


async def test_the_bucket_is_exactly_what_the_plan_says(store, s3):
    product, target = await orders(store), Watched(s3)
    plan = (await ask(store, PLAN, id=product.id))["dataProduct"]["infrastructure"]["plan"]["storage"]
    assert plan == {
        "bucket": BUCKET,
        "prefix": "orders/",
        "encryption": "AES256",
        "versioning": True,
        "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}, {"days": 90, "storageClass": "GLACIER"}],
        "expirationDays": 365,
        "noncurrentDays": 30,
    }
    assert await provisioned(store, product, target) == list(KINDS)
    assert await asyncio.to_thread(state, s3) == expected()
    told = (await shown(store, product))["provisioned"]
    assert (told["state"], told["message"]) == ("PROVISIONED", "All 7 resources that were asked for are applied.")


async def test_a_second_time_nothing_is_written(store, s3):
    product = await orders(store)
    await provisioned(store, product, Watched(s3))
    before, again = await asyncio.to_thread(state, s3), Watched(s3)
    assert await provisioned(store, product, again) == []
    assert (again.calls, await asyncio.to_thread(state, s3)) == ([], before)


async def test_a_changed_plan_writes_its_difference_alone(store, s3):
    product = await orders(store)
    await provisioned(store, product, Watched(s3))
    lifecycle = "PutBucketLifecycleConfiguration"
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("2.0.0", retention={"days": 60})))
    target = Watched(s3)
    assert await provisioned(store, product, target) == ["EXPIRATION", "TRANSITIONS"]
    assert target.calls == [lifecycle, lifecycle]
    assert await asyncio.to_thread(state, s3) == expected(60, TIERS[:1])
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("3.0.0", retention={"days": 61})))
    target = Watched(s3)
    assert (await provisioned(store, product, target), target.calls) == (["EXPIRATION"], [lifecycle])
    settings = {"infrastructure": {"storage": {"versioning": False}}}
    done(await update_domain(store, ADMINISTRATOR, product.domain_id, {"defaults": settings}))
    target = Watched(s3)
    assert await provisioned(store, product, target) == ["VERSIONING", "EXPIRATION"]
    assert target.calls == ["PutBucketVersioning", lifecycle]
    assert await asyncio.to_thread(state, s3) == expected(61, TIERS[:1], None)
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract("4.0.0", retention={"days": 20})))
    await provisioned(store, product, Watched(s3))
    rules = (await asyncio.to_thread(state, s3))["rules"]
    assert {name: rule["Expiration"]["Days"] for name, rule in rules.items()} == {"orders-expiration": 20}


async def test_what_somebody_changed_on_the_server_is_put_right(store, s3):
    product, real = await orders(store), client(s3)
    await provisioned(store, product, Watched(s3))
    real.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    real.delete_public_access_block(Bucket=BUCKET)
    real.delete_bucket_encryption(Bucket=BUCKET)
    assert await provisioned(store, product, Watched(s3)) == ["VERSIONING", "ENCRYPTION", "PUBLIC_ACCESS_BLOCK"]
    assert await asyncio.to_thread(state, s3) == expected()


async def test_rules_and_statements_of_others_stay(store, s3):
    product, real = await orders(store), client(s3)
    real.create_bucket(Bucket=BUCKET)
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
    real.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [theirs]})
    allow = {**POLICY["Statement"][0], "Sid": "Theirs", "Action": "s3:DeleteBucket"}
    real.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({**POLICY, "Statement": [allow]}))
    await provisioned(store, product, Watched(s3))
    found = await asyncio.to_thread(state, s3)
    assert found["policy"]["Statement"] == [allow, *POLICY["Statement"]]
    assert found["rules"].pop("theirs")["Expiration"] == {"Days": 3}
    assert found["rules"] == expected()["rules"]
    assert await provisioned(store, product, Watched(s3)) == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("last", KINDS)
async def test_a_server_that_is_killed_anywhere_is_followed_by_one_that_goes_on(store, s3, last, after, monkeypatch):
    product = await orders(store)
    done(await provision(store, SALES_OWNER, product.id, None, ConfiguredProvisioner(s3)))
    with pytest.raises(asyncio.CancelledError):
        await apply_next(store, Watched(s3, last, after))
    target = Watched(s3)
    assert await apply_next(store, target) is False  # the lease is not over
    monkeypatch.setattr(infrastructure_apply.clock, "now", lambda: later())
    assert await apply_next(store, target) is True
    monkeypatch.undo()
    assert await asyncio.to_thread(state, s3) == expected()
    assert {one for one, _ in (await resources(store, product)).values()} == {"APPLIED"}
    left = KINDS[KINDS.index(last) + after :]
    assert len(target.calls) == len(left) + (1 if "BUCKET" in left else 0)  # a bucket is created and tagged


async def test_a_bucket_of_another_region_is_made_there(store, s3):
    product = await orders(store)
    await provisioned(store, product, ConfiguredProvisioner(s3._replace(region="eu-central-1")))
    place = client(s3).get_bucket_location(Bucket=BUCKET)["LocationConstraint"]
    assert (place, await asyncio.to_thread(state, s3)) == ("eu-central-1", expected())
