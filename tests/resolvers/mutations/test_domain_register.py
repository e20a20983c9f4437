"""domainRegister: by governance alone, each name once."""

import asyncio

import pytest

from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.writes import READER, SALES_OWNER, a_domain, audit_actions, done, faults

STORED = "MATCH (d:Domain {name: $name}) RETURN properties(d)"


async def test_registers_a_domain_with_its_defaults(store):
    given = DomainInput("customer", " platform ", "Who buys.", {"retention": {"days": 1095}, "format": "PARQUET"})
    domain = done(await register_domain(store, ADMINISTRATOR, given))
    assert await store.read(STORED, name="customer") == {
        "id": domain.id,
        "name": "customer",
        "description": "Who buys.",
        "ownerTeam": "platform",
        "defaultsJson": '{"retention":{"days":1095},"format":"parquet"}',
        "revision": 1,
        "createdAt": domain.created_at,
    }
    assert await audit_actions(store) == ["domainRegister"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DomainInput("Sales", "team"), [("INVALID_INPUT", ("input", "name"))]),
        (DomainInput("sales", ""), [("INVALID_INPUT", ("input", "ownerTeam"))]),
        (DomainInput("", ""), [("INVALID_INPUT", ("input", "name")), ("INVALID_INPUT", ("input", "ownerTeam"))]),
        (
            DomainInput("new", "team", None, {"retention": {"days": 0}}),
            [("INVALID_INPUT", ("input", "defaults", "retention", "days"))],
        ),
        (
            DomainInput("new", "team", None, {"accessPoints": [{"kind": "API", "uri": "ftp://{name}"}]}),
            [("INVALID_INPUT", ("input", "defaults", "accessPoints", "0", "uri"))],
        ),
        (
            DomainInput("new", "team", None, {"nonsense": 1}),
            [("INVALID_INPUT", ("input", "defaults", "nonsense"))],
        ),
        (DomainInput("taken", "team"), [("ALREADY_EXISTS", ("input", "name"))]),
    ],
)
async def test_refuses_and_leaves_no_trace(store, given, expected):
    await a_domain(store, "taken")
    before = await checksum(store)
    outcome = await register_domain(store, ADMINISTRATOR, given)
    assert outcome.thing is None
    assert faults(outcome) == expected
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (SALES_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    before = await checksum(store)
    assert faults(await register_domain(store, caller, DomainInput("sales", "team"))) == [(code, ())]
    assert await checksum(store) == before


async def test_a_dry_run_answers_and_leaves_no_trace(store):
    before = await checksum(store)
    outcome = await register_domain(store, ADMINISTRATOR, DomainInput("sales", "team"), WriteOptions(dry_run=True))
    assert (done(outcome).name, outcome.dry_run) == ("sales", True)
    assert await checksum(store) == before


async def test_only_one_of_many_at_once_gets_the_name(store):
    given = DomainInput("sales", "team")
    outcomes = await asyncio.gather(*(register_domain(store, ADMINISTRATOR, given) for _ in range(5)))
    assert sorted(faults(outcome) for outcome in outcomes) == [[]] + [[("ALREADY_EXISTS", ("input", "name"))]] * 4
    assert await store.read("MATCH (d:Domain) RETURN count(d)") == 1
