"""dataProductTransition: the closed table of a product's life."""

import asyncio

import pytest

from resolvers.model.access import ANONYMOUS
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import ALLOWED, transition_product
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, done, faults

# How a new product gets to each status.
WAYS = {
    ProductStatus.DEVELOPMENT: (),
    ProductStatus.TESTING: (ProductStatus.TESTING,),
    ProductStatus.PRODUCTION: (ProductStatus.TESTING, ProductStatus.PRODUCTION),
    ProductStatus.DEPRECATED: (ProductStatus.DEPRECATED,),
}


async def walk(store, *statuses):
    await a_domain(store)
    product = await a_product(store)
    for status in statuses:
        product = done(await transition_product(store, SALES_OWNER, product.id, status))
    return product


async def test_a_life_from_development_to_deprecation_and_back(store):
    whole = (ProductStatus.TESTING, ProductStatus.PRODUCTION, ProductStatus.DEPRECATED, ProductStatus.PRODUCTION)
    product = await walk(store, *whole)
    assert (product.status, product.revision) == ("PRODUCTION", 5)
    statuses = "MATCH (r:ProductRevision) WITH r ORDER BY r.revision RETURN collect(r.status)"
    assert await store.read(statuses) == ["DEVELOPMENT", *whole]


@pytest.mark.parametrize("start", WAYS)
async def test_what_the_table_does_not_allow_is_refused_and_leaves_no_trace(store, start):
    product = await walk(store, *WAYS[start])
    before = await checksum(store)
    for to in set(ProductStatus) - set(ALLOWED[start]):
        outcome = await transition_product(store, SALES_OWNER, product.id, to)
        assert outcome.thing is None
        assert faults(outcome) == [("INVALID_TRANSITION", ("to",))]
        for allowed in ALLOWED[start]:
            assert allowed.value in outcome.user_errors[0].message
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (READER, "FORBIDDEN"), (OTHER_OWNER, "FORBIDDEN")]
)
async def test_denies_and_leaves_no_trace(store, caller, code):
    product = await walk(store)
    before = await checksum(store)
    assert faults(await transition_product(store, caller, product.id, ProductStatus.TESTING)) == [(code, ())]
    assert await checksum(store) == before


async def test_unknown_stale_and_dry(store):
    product = await walk(store)
    before = await checksum(store)
    unknown = await transition_product(store, SALES_OWNER, "prd_none", ProductStatus.TESTING)
    assert faults(unknown) == [("NOT_FOUND", ("id",))]
    stale = await transition_product(
        store, SALES_OWNER, product.id, ProductStatus.TESTING, WriteOptions(expected_revision=7)
    )
    assert faults(stale) == [("REVISION_CONFLICT", ("expectedRevision",))]
    dry = await transition_product(store, SALES_OWNER, product.id, ProductStatus.TESTING, WriteOptions(dry_run=True))
    assert done(dry).status == "TESTING"
    assert await checksum(store) == before


async def test_of_two_moves_at_once_the_second_sees_the_first(store):
    product = await walk(store)
    moves = [transition_product(store, SALES_OWNER, product.id, ProductStatus.TESTING) for _ in range(4)]
    outcomes = await asyncio.gather(*moves)
    assert sorted(faults(outcome) for outcome in outcomes) == [[]] + [[("INVALID_TRANSITION", ("to",))]] * 3
