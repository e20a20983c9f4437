"""The audit log: gapless in commit order under parallel writers, and a chain that shows tampering."""

import asyncio

import orjson
import pytest

from resolvers.audit.log import Entry, append, verify
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.inputs import ProductInput
from tests.writes import SALES_OWNER, a_domain, a_product, done

SEQS = "MATCH (e:AuditEvent) WITH e ORDER BY e.seq RETURN collect(e.seq)"


async def test_fifty_parallel_writers_leave_no_gap(store):
    await a_domain(store)
    inputs = [ProductInput("sales", f"product_{n}", "SOURCE") for n in range(50)]
    outcomes = await asyncio.gather(*(create_product(store, SALES_OWNER, given) for given in inputs))
    assert [done(outcome).revision for outcome in outcomes] == [1] * 50
    assert await store.read(SEQS) == list(range(1, 52))
    verdict = await verify(store)
    assert (verdict.events, verdict.fault) == (51, None)


async def test_an_event_follows_the_end_that_the_log_has_by_then(store):
    await a_domain(store)
    await a_product(store)
    entry = Entry("2026-01-01T00:00:00.000000Z", "sam", "test", "DATA_PRODUCT", "prd_x", None, None, None)
    for tail in ((0, ""), (1, "of another log"), (7, "")):  # as before others appended, and as it never was

        async def work(tx, tail=tail):
            return await append(tx, entry, tail)

        event = await store.write(work)
        verdict = await verify(store)
        assert (verdict.fault, verdict.events, verdict.head) == (None, event.seq, event.hash)
    assert await store.read(SEQS) == [1, 2, 3, 4, 5]


async def test_an_event_says_who_what_before_and_after(store):
    await a_domain(store)
    product = await a_product(store, description="first")
    done(await update_product(store, SALES_OWNER, product.id, {"description": "second"}))
    event = await store.read("MATCH (e:AuditEvent {seq: 3}) RETURN properties(e)")
    assert (event["actor"], event["action"], event["domain"]) == ("sam", "dataProductUpdate", "sales")
    assert (event["subjectKind"], event["subjectId"]) == ("DATA_PRODUCT", product.id)
    before, after = orjson.loads(event["beforeJson"]), orjson.loads(event["afterJson"])
    assert (before["description"], before["revision"]) == ("first", 1)
    assert (after["description"], after["revision"]) == ("second", 2)
    assert len(event["hash"]) == 64


@pytest.mark.parametrize(
    ("tampering", "seq"),
    [
        ("MATCH (e:AuditEvent {seq: 3}) SET e.actor = 'nobody'", 3),
        ("MATCH (e:AuditEvent {seq: 3}) SET e.afterJson = replace(e.afterJson, 'sales', 'other')", 3),
        ("MATCH (e:AuditEvent {seq: 3}) DETACH DELETE e", 3),
        ("MATCH (e:AuditEvent {seq: 3}) SET e.seq = 99", 3),
        ("MATCH (e:AuditEvent {seq: 5}) DETACH DELETE e", 5),
        ("MATCH (t:AuditLog) SET t.hash = 'other'", 5),
        ("CREATE (:AuditEvent {id: 'evt_more', seq: 6, previousHash: '', hash: ''})", 6),
    ],
)
async def test_tampering_is_found_where_it_is(store, cypher, tampering, seq):
    await a_domain(store)
    for name in ("a", "b", "c", "d"):
        await a_product(store, name)
    assert (await verify(store, batch=2)).fault is None
    await cypher(tampering)
    verdict = await verify(store, batch=2)
    assert verdict.fault is not None
    assert verdict.at_seq == seq


async def test_an_anchor_shows_a_log_that_was_cut_or_rewritten(store, cypher):
    await a_domain(store)
    await a_product(store, "a")
    kept = await verify(store)
    await a_product(store, "b")
    assert (await verify(store, anchor=(kept.events, kept.head))).fault is None
    assert (await verify(store, anchor=(kept.events, "0" * 64))).at_seq == kept.events
    assert (await verify(store, anchor=(99, kept.head))).fault is not None
