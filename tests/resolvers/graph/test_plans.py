"""How the database would answer: each list starts from an index, and walks it in the page's order where one has it."""

from itertools import product as pairs

import pytest

from resolvers.audit import queries
from resolvers.catalog.products import FIND_MANY, FIND_ONE
from resolvers.discovery import products_by_domain
from resolvers.discovery.cypher import AFTER, WAYS, Entry, Way, best, page
from resolvers.discovery.facets import COUNTS, FACETS
from resolvers.governance.engine import facts_cypher
from resolvers.governance.facts import Need
from resolvers.governance.history.affected import AROUND
from resolvers.governance.history.recorder import END, NOTE

FILL = """UNWIND range(1, 3000) AS n CREATE (p:DataProduct {id: 'prd_' + n, urn: 'urn:mesh:d' + (n % 30) + ':p' + n,
  name: 'p' + n, domain: 'd' + (n % 30), ownerTeam: 't' + (n % 100), createdAt: toString(n), updatedAt: toString(n),
  type: ['SOURCE', 'DERIVED'][n % 2], status: ['PRODUCTION', 'DEPRECATED'][n % 2], tags: ['x'],
  classification: ['PUBLIC', 'INTERNAL'][n % 2]})
CREATE (:AuditEvent {id: 'evt_' + n, seq: n, subjectId: 'prd_' + n, actor: 'a' + (n % 50), domain: 'd' + (n % 30)})"""
SORTS = {"Sort", "Top", "PartialSort", "PartialTop"}


def operators(plan) -> set[str]:
    return {one["operatorType"].split("@")[0] for one in every(plan)}


def every(plan):
    yield plan
    for child in plan.get("children", ()):
        yield from every(child)


@pytest.fixture
async def plan_of(store, driver, cypher, clean_database):
    await cypher(FILL)
    await cypher("CALL db.prepareForReplanning(60)")

    async def plan(query: str, **parameters) -> set[str]:
        result = await driver.execute_query("EXPLAIN " + query, parameters, database_=clean_database.database)
        return operators(result.summary.plan)

    return plan


async def test_every_page_starts_from_an_index_and_walks_it_where_that_is_the_order(plan_of):
    for way in WAYS:
        found = await plan_of(page(way), f={}, limit=51)
        assert not found & {"NodeByLabelScan", "AllNodesScan"}, (way, found)
        if way.entry is Entry.ALL or (way.entry is Entry.ONE_DOMAIN and way.order == "URN"):
            assert not found & SORTS, (way, found)


async def test_a_search_starts_from_the_index_of_texts(plan_of):
    for alone, one_reading in pairs((False, True), (False, True)):
        for query in (best(alone, one_reading), AFTER):
            found = await plan_of(query, f={}, skip=0, limit=51)
            assert "ProcedureCall" in found
            assert not found & {"NodeByLabelScan", "AllNodesScan", "NodeIndexScan"}, (alone, one_reading, found)


async def test_products_are_found_by_the_index_of_their_names(plan_of):
    for query in (*FIND_ONE.values(), *FIND_MANY.values()):
        assert "NodeUniqueIndexSeek" in await plan_of(query, arguments={}), query


@pytest.mark.parametrize("alone", [False, True])
async def test_products_with_a_trait_are_walked_in_order(plan_of, alone):
    for entry in (Entry.CLASSIFICATIONS, Entry.STATUSES, Entry.TYPES):
        for direction in ("ASC", "DESC"):
            found = await plan_of(page(Way(entry, "URN", direction, alone)), f={}, limit=51)
            assert {"NodeIndexSeek", "Limit"} <= found, (entry, found)
            assert not found & {"Sort", "NodeUniqueIndexSeekByRange"}, (entry, found)
        for query in (COUNTS[entry], FACETS[entry]):
            assert "NodeIndexSeek" in await plan_of(query, f={}, want={}), entry


async def test_a_tag_of_many_products_is_walked_in_order(plan_of):
    found = await plan_of(page(Way(Entry.TAGS, "URN", "ASC")), f={}, limit=51)
    assert {"NodeUniqueIndexSeekByRange", "ProcedureCall", "Limit"} <= found


async def test_counts_and_facets_start_from_the_same_indexes(plan_of):
    for entry in (Entry.ONE_DOMAIN, Entry.DOMAINS, Entry.OWNERS):
        for query in (COUNTS[entry], FACETS[entry]):
            assert "NodeIndexSeek" in await plan_of(query, f={}, want={}), entry
    for alone, text in pairs((False, True), (products_by_domain.counts, products_by_domain.facets)):
        assert "NodeIndexSeek" in await plan_of(text(alone), keys=[], f={}, want={})


async def test_the_log_is_walked_from_its_end(plan_of):
    for entry, query in queries.PAGES.items():
        found = await plan_of(query, f={}, limit=51)
        # The events of a subject and those that mention it are each walked in order, and a page of both is merged.
        sorts = {"Sort", "PartialSort"} if entry is queries.AuditEntry.SUBJECT else SORTS
        assert not found & (sorts | {"NodeByLabelScan"}), (entry, found)
    assert not await plan_of(queries.OF_SUBJECTS, keys=[], limit=51) & {"Sort", "PartialSort", "NodeByLabelScan"}


async def test_the_pages_of_many_domains_are_walked_in_order(plan_of):
    for alone in (False, True):
        found = await plan_of(products_by_domain.pages(alone), keys=[], f={}, limit=51)
        assert not found & (SORTS | {"NodeByLabelScan"}), (alone, found)


async def test_what_the_policies_ask_of_some_domains_or_products_starts_from_an_index(plan_of):
    ask = {"domains": ["d1"], "ids": ["prd_1"], "at": "9", **facts_cypher.facts_parameters(frozenset(Need))}
    for query in (facts_cypher.NOW_DOMAINS, facts_cypher.NOW_IDS, facts_cypher.THEN_DOMAINS, facts_cypher.THEN_IDS):
        found = await plan_of(query, arguments=ask)
        assert "NodeByLabelScan" not in found, (query, found)


REVISION = "RANGE INDEX v:ProductRevision(productId, validFrom, revision)"
REVISIONS = """UNWIND range(1, $count) AS n
CREATE (:ProductRevision {productId: 'prd_' + (n % 30), revision: n, validFrom: toString(10000 + n)})"""


@pytest.mark.parametrize("count", [0, 3000])  # also with a plan made before there was any
async def test_the_revision_that_held_is_one_step_into_an_index(driver, cypher, clean_database, count):
    """However many a product has: neither are they sorted, nor is more than the one looked at."""
    await cypher(REVISIONS, count=count)
    await cypher("CALL db.prepareForReplanning(60)")
    ask = {
        "domains": ["d1"],
        "ids": ["prd_1"],
        "at": "9",
        "half": None,
        **facts_cypher.facts_parameters(frozenset(Need)),
    }
    around = dict.fromkeys(("consumers", "providers", "downstream", "upstream"), True)
    for query, found, given in (
        (AROUND, 1, {"ids": ["prd_1"], "at": "9", **around}),
        (
            facts_cypher.THEN_IDS,
            4,
            {"arguments": ask},
        ),  # those that are judged, before them, behind them, whose fields they take
        (facts_cypher.THEN_DOMAINS, 4, {"arguments": ask}),
        (facts_cypher.THEN_MESH, 4, {"arguments": ask}),
    ):
        explained = await driver.execute_query("EXPLAIN " + query, given, database_=clean_database.database)
        steps = list(every(explained.summary.plan))
        revisions = [one["args"]["Details"] for one in steps if "v:ProductRevision" in one["args"].get("Details", "")]
        assert [told.partition(" WHERE")[0] for told in revisions] == [REVISION] * found, query
        sorts = [one["args"]["Details"] for one in steps if one["operatorType"].split("@")[0] in SORTS]
        assert [told for told in sorts if "validFrom" in told or "first" in told] == [], query


SPANS = """UNWIND range(1, 500) AS n
CREATE (:ComplianceSpan {productId: 'prd_' + n, since: '2026-01-01', until: $end})"""


async def test_a_note_of_the_history_starts_from_its_product_before_anything_is_known_of_spans(
    driver, cypher, clean_database
):
    """Statistics come late: a plan made in between chose an index at random, and stayed for the next ten seconds."""
    await cypher(SPANS, end=END)
    for _ in range(20):
        await cypher("CALL db.clearQueryCaches()")
        explained = await driver.execute_query(
            "EXPLAIN " + NOTE, rows=[], at="2026-01-02", end=END, database_=clean_database.database
        )
        read = [
            one
            for one in every(explained.summary.plan)
            if "Seek" in one["operatorType"] or "Scan" in one["operatorType"]
        ]
        assert [one["args"]["Details"].partition(" WHERE")[0] for one in read] == [
            f"UNIQUE {name}:ComplianceSpan(productId, since)" for name in "sn"
        ]
