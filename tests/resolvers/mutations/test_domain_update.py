"""domainUpdate: by the domain's owners, for what comes after."""

import pytest

from resolvers.model.access import ANONYMOUS
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.inputs import ProductInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, audit_actions, contract, done, faults


async def test_changes_what_is_given_for_what_comes_after(store):
    domain = await a_domain(store, description="old", defaults={"retention": {"days": 10}})
    given = {"ownerTeam": "others", "defaults": {"quality": [{"dimension": "accuracy", "threshold": 0.98}]}}
    after = done(await update_domain(store, SALES_OWNER, domain.id, given))
    assert after == domain._replace(
        owner_team="others",
        defaults_json='{"quality":[{"dimension":"accuracy","threshold":0.98}]}',
        revision=2,
    )
    created = await create_product(store, SALES_OWNER, ProductInput("sales", "orders", "SOURCE", contract=contract()))
    assert done(created).owner_team == "others"
    assert created.extra["contract"].quality_json.startswith('[{"dimension":"accuracy"')
    emptied = done(await update_domain(store, SALES_OWNER, domain.id, {"description": None, "defaults": None}))
    assert (emptied.description, emptied.defaults_json, emptied.revision) == ("", "{}", 3)
    assert await audit_actions(store) == ["domainRegister", "domainUpdate", "dataProductCreate", "domainUpdate"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("INVALID_INPUT", ("input",))]),
        ({"name": "other"}, [("INVALID_INPUT", ("input", "name"))]),
        ({"ownerTeam": None}, [("INVALID_INPUT", ("input", "ownerTeam"))]),
        (
            {"ownerTeam": "", "defaults": {"sla": [{"metric": "zeal", "target": 1}]}},
            [("INVALID_INPUT", ("input", "ownerTeam")), ("INVALID_INPUT", ("input", "defaults", "sla", "0"))],
        ),
    ],
)
async def test_refuses_and_leaves_no_trace(store, given, expected):
    domain = await a_domain(store)
    before = await checksum(store)
    outcome = await update_domain(store, SALES_OWNER, domain.id, given)
    assert (outcome.thing, faults(outcome)) == (None, expected)
    assert await checksum(store) == before


async def test_unknown_stale_unchanged_and_dry(store):
    domain = await a_domain(store, description="same")
    before = await checksum(store)
    new = {"description": "new"}
    assert faults(await update_domain(store, SALES_OWNER, "dom_none", new)) == [("NOT_FOUND", ("id",))]
    stale = await update_domain(store, SALES_OWNER, domain.id, new, WriteOptions(expected_revision=2))
    assert faults(stale) == [("REVISION_CONFLICT", ("expectedRevision",))]
    assert done(await update_domain(store, SALES_OWNER, domain.id, {"description": "same"})) == domain
    dry = await update_domain(store, SALES_OWNER, domain.id, new, WriteOptions(dry_run=True))
    assert (done(dry).description, dry.dry_run) == ("new", True)
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    domain = await a_domain(store)
    before = await checksum(store)
    assert faults(await update_domain(store, caller, domain.id, {"description": "x"})) == [(code, ())]
    assert await checksum(store) == before
