"""The history says of every moment what a report as of that moment says, however the writes came."""

import asyncio
import random
from datetime import timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from resolvers.governance.engine.facts_cypher import Scope, load
from resolvers.governance.history import recorder
from resolvers.governance.history.queries import changes, history_of
from resolvers.governance.history.recorder import is_behind, record, step, take_lease
from resolvers.governance.report import by_domain, report_on
from resolvers.interchange import import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import UserFault
from resolvers.model.portions import at_once
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.policy_retire import retire_policy
from resolvers.mutations.waiver_grant import grant_waiver
from tests.checksum import checksum
from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.policies import a_policy, policy_input
from tests.writes import a_domain, a_product, contract, done

DOMAINS = ("finance", "sales")
RULES = (
    "data_classification_required",
    "retention_policy_required",
    "stable_dependencies",
    "classification_flow",
    "retention_flow",
    "production_ready",
    "acyclic_dependencies",
)


def soon(seconds: float) -> str:
    return clock.to_text(clock.from_text(clock.now()) + timedelta(seconds=seconds))


async def reported(store, at: str) -> list[tuple[Any, ...]]:
    """What the report as of `at` says of each domain."""
    return [
        (t.key, t.checked_products, t.compliant_products, t.violations, t.warnings, t.waived)
        for t in at_once(by_domain(await report_on(store, as_of=at)))
    ]


def plain(standings) -> list[tuple[Any, ...]]:
    return [(one.domain, *one[2:]) for one in standings]


async def all_changes(store, history, size: int = 7):
    found, after = [], None
    while True:
        listing = changes(store, history, size, after)
        found += await listing.items()
        info = await listing.info()
        if not info.has_next_page:
            assert len(found) == await listing.count()
            return found
        after = info.end_cursor


class Chance:
    """Writes of every kind, drawn by chance; refused ones count for nothing, as they should."""

    def __init__(self, store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.products: list[str] = []
        self.policies: list[str] = []
        self.versions: dict[str, int] = {}

    async def write(self) -> None:
        kinds = [self.create] * 3 + [self.publish] * 3 + [self.move] * 2 + [self.declare] * 3
        kinds += [self.undeclare, self.update, self.define, self.define, self.retire, self.waive, self.waive]
        await self.random.choice(kinds)()

    def one(self) -> str:
        return self.random.choice(self.products)

    def terms(self) -> dict[str, Any]:
        return {
            "classification": self.random.choice([None, "PUBLIC", "INTERNAL", "RESTRICTED"]),
            "retention": self.random.choice([None, {"days": 30}, {"days": 365}]),
        }

    async def create(self) -> None:
        name, domain = f"p{len(self.products)}-{self.random.randrange(10**6)}", self.random.choice(DOMAINS)
        given = contract(**self.terms()) if self.random.random() < 0.7 else None
        try:
            self.products.append((await a_product(self.store, name, domain, contract=given)).id)
        except AssertionError:  # a policy refused it
            return

    async def publish(self) -> None:
        product = self.one()
        self.versions[product] = self.versions.get(product, 1) + 1
        version = f"{self.versions[product]}.0.0"
        await publish_contract(self.store, ADMINISTRATOR, product, contract(version, **self.terms()))

    async def move(self) -> None:
        await transition_product(self.store, ADMINISTRATOR, self.one(), self.random.choice(list(ProductStatus)))

    async def update(self) -> None:
        await update_product(self.store, ADMINISTRATOR, self.one(), {"description": str(self.random.random())})

    async def declare(self) -> None:
        await declare_dependency(self.store, ADMINISTRATOR, self.one(), self.one())

    async def undeclare(self) -> None:
        await retire_dependency(self.store, ADMINISTRATOR, self.one(), self.one())

    async def define(self) -> None:
        rule, enforcement = self.random.choice(RULES), self.random.choice(["ADVISORY", "ADVISORY", "MANDATORY"])
        domain = self.random.choice([None, None, *DOMAINS])
        starts = soon(self.random.uniform(0.1, 2)) if self.random.random() < 0.3 else None
        given = policy_input(rule, enforcement, domain=domain, effective_from=starts)
        outcome = await define_policy(self.store, ADMINISTRATOR, given)
        if outcome.thing:
            self.policies.append(outcome.thing.id)

    async def retire(self) -> None:
        if self.policies:
            await retire_policy(self.store, ADMINISTRATOR, self.random.choice(self.policies))

    async def waive(self) -> None:
        if self.policies:
            policy, until = self.random.choice(self.policies), soon(self.random.uniform(0.2, 3))
            await grant_waiver(self.store, ADMINISTRATOR, policy, self.one(), "for now", until)


@pytest.mark.parametrize("seed", [1, 2])
async def test_history_is_what_reports_say_of_every_moment(store, seed):
    for domain in DOMAINS:
        await a_domain(store, domain)
    chance = Chance(store, seed)
    for rule in RULES[:3]:
        chance.policies.append((await a_policy(store, rule, "ADVISORY")).id)
    await chance.create()
    while not chance.products:
        await chance.create()
    moments = []
    for round_ in range(10):
        await asyncio.gather(*(chance.write() for _ in range(3)))  # some commit in another order than they began
        moments.append(clock.now())
        if round_ % 4 == 0:
            await record(store)
    await asyncio.sleep(3)  # waivers run out, policies begin
    moments.append(clock.now())
    assert await record(store)
    assert not await is_behind(store)
    events = await store.read("MATCH (e:AuditEvent) RETURN collect(e.at)")
    everything = await history_of(store, None, None, None)
    told = await all_changes(store, everything)
    spans = sorted({one.at for one in told} | set(events) | set(moments))
    for moment in spans:
        history = await history_of(store, None, moment, moment)
        assert (plain(history.start), moment) == (await reported(store, moment), moment)
    # The changes, added up, lead from the start to the end.
    state = {one.domain: one for one in everything.start or ()}
    for change in told:
        assert state.get(change.domain, change)[2:] != change[2:] or change.domain not in state
        state[change.domain] = change
    assert sorted(plain(state.values())) == await reported(store, everything.until)
    # One domain by itself tells the same.
    sales = await history_of(store, "sales", None, None)
    assert await all_changes(store, sales) == [one for one in told if one.domain == "sales"]


async def test_a_write_that_commits_late_is_told_of_at_its_own_time(store, cypher):
    await a_domain(store)
    product = await a_product(store, contract=contract(classification=None))
    await a_policy(store, "data_classification_required", "ADVISORY")
    before = clock.now()
    await a_policy(store, "retention_policy_required", "ADVISORY")
    done(await transition_product(store, ADMINISTRATOR, product.id, ProductStatus.TESTING))
    assert await record(store)
    # A waiver that was granted at `before` by a write whose commit took until now.
    policy = await store.read("MATCH (y:Policy {name: 'data_classification_required'}) RETURN y.id")
    waiver = done(await grant_waiver(store, ADMINISTRATOR, policy, product.id, "late", soon(3_600)))
    await cypher("MATCH (w:Waiver {id: $id}) SET w.grantedAt = $at", id=waiver.id, at=before)
    await cypher("MATCH (e:AuditEvent {subjectId: $id}) SET e.at = $at", id=waiver.id, at=before)
    assert await record(store)
    moments = await store.read("MATCH (e:AuditEvent) RETURN collect(e.at)")
    for moment in [*moments, before, clock.now()]:
        start = (await history_of(store, None, moment, moment)).start
        assert (plain(start), moment) == (await reported(store, moment), moment)
    assert plain((await history_of(store, None, before, before)).start) == [("sales", 1, 1, 0, 1, 1)]


async def test_an_import_is_told_of(store):
    await a_policy(store, "stable_dependencies", "ADVISORY")
    product = {"kind": "DataProduct", "domain": "sales", "type": "SOURCE", "status": "PRODUCTION"}
    mesh = [
        {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"},
        {**product, "name": "revenue"},
        {**product, "name": "orders", "status": "DEPRECATED"},
        {"kind": "Dependency", "consumer": "urn:mesh:sales:revenue", "provider": "urn:mesh:sales:orders"},
    ]
    await import_mesh(store, ADMINISTRATOR, mesh)
    assert await record(store)
    end = (await history_of(store, None, None, None)).until
    assert plain((await history_of(store, None, end, end)).start) == [("sales", 2, 2, 0, 1, 0)]
    assert await reported(store, end) == [("sales", 2, 2, 0, 1, 0)]


async def test_what_is_not_known_is_said(store):
    empty = await history_of(store, None, None, None)
    assert (empty.start, empty.note) == (None, "Nothing was written yet.")
    assert await changes(store, empty, None, None).items() == []
    await a_domain(store)
    await a_product(store)
    assert await record(store)
    before = await history_of(store, None, "2020-01-01T00:00:00.000000Z", None)
    assert before.start is None
    assert "how things stood before is not known" in (before.note or "")
    assert plain(await changes(store, before, None, None).items()) == [("sales", 1, 1, 0, 0, 0)]
    for domain, since, until, message in (
        ("nowhere", None, None, "There is no domain 'nowhere'"),
        (None, "2999-01-01T00:00:00.000000Z", None, "in the future"),
        (None, "2020-01-02T00:00:00.000000Z", "2020-01-01T00:00:00.000000Z", "is before"),
    ):
        with pytest.raises(UserFault, match=message):
            await history_of(store, domain, since, until)


async def test_replicas_keep_one_history(store):
    await a_domain(store)
    await a_policy(store, "data_classification_required", "ADVISORY")
    for number in range(6):
        await a_product(store, f"p{number}")
    await asyncio.gather(*(step(store) for _ in range(4)))
    assert await record(store)
    spans = await store.read("MATCH (s:ComplianceSpan) RETURN collect([s.until, s.violations, s.warnings])")
    assert spans == [["9999", 0, 1]] * 6


async def test_one_replica_records_at_a_time(store, cypher):
    await a_domain(store)
    await a_policy(store, "data_classification_required", "ADVISORY")
    await a_product(store)
    assert await store.write(partial(take_lease, owner="another"))
    before = await checksum(store)
    assert await record(store) is False
    assert await checksum(store) == before
    await cypher("MATCH (h:ComplianceLog) SET h.leaseUntil = 1")  # that replica is gone
    assert await record(store) is True
    assert await cypher("MATCH (h:ComplianceLog) RETURN h.leaseOwner AS owner") == [{"owner": None}]


async def test_the_work_of_many_replicas_is_done_once(store, monkeypatch):
    await a_domain(store)
    await a_product(store)
    steps, plain = [], recorder.step

    async def counted(store):
        steps.append(1)
        return await plain(store)

    monkeypatch.setattr(recorder, "step", counted)
    done_by = await asyncio.gather(*(record(store) for _ in range(8)))
    assert True in done_by
    assert len(steps) == 1


async def test_reading_the_history_writes_nothing(store):
    await a_domain(store)
    await a_product(store)
    before = await checksum(store)
    history = await history_of(store, None, None, None)
    assert history.start is None
    assert "recorded up to" in (history.note or "")
    assert await changes(store, history, None, None).items() == []
    assert await checksum(store) == before


async def test_what_happened_at_once_is_told_in_one_transaction(store):
    """Writes come between those of the mesh's users, so they are few: for a step one and a look at what is settled,
    however many events it takes."""
    await a_domain(store)
    await a_policy(store, "data_classification_required", "ADVISORY")
    assert await record(store)
    for number in range(5):
        await a_product(store, f"p{number}")
    counting = CountingStore(store)
    assert await record(counting)
    assert counting.transactions == 4  # the lease, what is settled, the notes, the end of the lease
    assert len(counting.statements) == 2 + 1 + (1 + 5 + 1) + 2  # settled; lock, a note of each, how far it got
    assert len(counting.queries) == 3 + 2 * 5  # of all what and which dates, of each whom it reaches and how they stand


async def test_it_rests_while_others_write(store, monkeypatch):
    """Here one does during the first of four steps, of which only the second finds a longer log than the one before."""
    await a_domain(store)
    for number in range(6):
        await a_product(store, f"p{number}")
    seconds, rests, tails, plain = count(), [], [], recorder.step

    async def rest(seconds):
        rests.append(seconds)

    async def beside_a_writer(store):
        progress, tail = await plain(store)
        if not tails:
            await a_product(store, "late")
        tails.append(tail)
        return progress, tail

    clocked = SimpleNamespace(get_running_loop=lambda: SimpleNamespace(time=lambda: next(seconds)), sleep=rest)
    monkeypatch.setattr(recorder, "asyncio", clocked)
    monkeypatch.setattr(recorder, "STEP", 2)
    monkeypatch.setattr(recorder, "step", beside_a_writer)
    assert await record(store, rest=3.0)
    assert (tails, rests) == ([7, 8, 8, 8], [3.0])  # each look at the clock is a second later
    assert not await is_behind(store)


@pytest.mark.parametrize("together", [1, 3])
async def test_of_revisions_that_begin_together_the_last_one_holds(store, monkeypatch, together):
    """As a batch makes them that changes a product twice."""
    await a_domain(store)
    product = await a_product(store)
    now = soon(0)
    monkeypatch.setattr(clock, "now", lambda: now)
    for number in range(together):
        done(await update_product(store, ADMINISTRATOR, product.id, {"description": f"text {number}"}))
    monkeypatch.undo()
    done(await update_product(store, ADMINISTRATOR, product.id, {"description": "the latest"}))
    revisions = "MATCH (v:ProductRevision) WHERE v.validFrom = $at RETURN count(v)"
    assert await store.read(revisions, at=now) == together
    then = await load(store.read, Scope(ids=(product.id,)), frozenset(), now, past=True)
    assert then.facts[product.id].product.record.description == f"text {together - 1}"
    before = await load(store.read, Scope(ids=(product.id,)), frozenset(), product.created_at, past=True)
    assert before.facts[product.id].product.record == product
    never = await load(store.read, Scope(ids=(product.id,)), frozenset(), "2020-01-01T00:00:00.000000Z", past=True)
    assert never.facts == {}


async def test_over_graphql(store):
    await a_domain(store)
    await a_product(store)
    await a_policy(store, "data_classification_required")
    assert await record(store)
    query = """{ complianceHistory(domain: "sales") { from to note start { domain }
      changes(first: 10) { totalCount nodes { domain checkedProducts compliantProducts violations overallCompliance } }
    } }"""
    history = (await ask(store, query))["complianceHistory"]
    assert (history["start"], history["note"]) == ([], None)
    assert [tuple(one.values()) for one in history["changes"]["nodes"]] == [
        ("sales", 1, 1, 0, True),
        ("sales", 1, 0, 1, False),
    ]
    assert history["changes"]["totalCount"] == 2
