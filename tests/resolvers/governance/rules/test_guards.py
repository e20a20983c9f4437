"""The rules that guard a product's steps by what runs of it."""

from datetime import timedelta

from resolvers.governance.report import report_on
from resolvers.model import clock
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from tests.checksum import checksum
from tests.policies import a_policy
from tests.writes import SALES_OWNER, a_domain, a_product, contract, done

SLA = [{"metric": "freshness", "target": 2, "unit": "h"}]
LEVEL = """MERGE (s:ServiceLevelStatus {metric: 'freshness'}) SET s.kept = $kept, s.measuredAt = $at
WITH s MATCH (p:DataProduct {id: $id}) MERGE (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s) RETURN s.metric"""
RUN = """MATCH (p:DataProduct {id: $id}) CREATE (p)-[:HAS_QUALITY_RUN]->(q:QualityRun {id: $run, state: 'FINISHED',
  contractVersion: '1.0.0', finishedAt: $at, passed: $passed}) RETURN q.id"""
RESOURCE = """MATCH (p:DataProduct {id: $id}) MERGE (p)-[:HAS_RESOURCE]->(x:InfrastructureResource {productId: $id,
  target: 'S3', kind: 'BUCKET', name: 'data-mesh-sales'}) SET x.state = $state RETURN x.name"""


async def put(store, query, **values):
    await store.write(lambda tx: tx.run(query, **values))


async def messages(store, product):
    outcome = await transition_product(store, SALES_OWNER, product.id, ProductStatus.PRODUCTION)
    return outcome, {one.policy.name: one.message for one in outcome.violations}


async def test_steps_are_refused_until_what_runs_is_known_and_good(store):
    await a_domain(store)
    product = await a_product(store, contract=contract(sla=SLA))
    for rule in ("infrastructure_provisioned", "quality_run_passed", "service_levels_met"):
        await a_policy(store, rule, "MANDATORY")
    before = await checksum(store)
    _, told = await messages(store, product)
    assert told == {
        "infrastructure_provisioned": "Nothing is known of the product's infrastructure: none of it was applied.",
        "quality_run_passed": "Nothing is known of the quality of contract 1.0.0: no run of it has finished.",
        "service_levels_met": "Nothing is known of freshness in the last 24 hours.",
    }
    assert await checksum(store) == before
    await put(store, RESOURCE, id=product.id, state="FAILED")
    await put(store, RUN, id=product.id, run="run_1", at="2026-01-01T00:00:00.000000Z", passed=True)
    await put(store, LEVEL, id=product.id, kept=False, at=clock.now())
    _, told = await messages(store, product)
    assert told["infrastructure_provisioned"] == "1 of 1 resources are not applied: BUCKET data-mesh-sales."
    assert "hours old; at most 24 are allowed." in told["quality_run_passed"]
    assert told["service_levels_met"] == "Service levels are missed: freshness."
    await put(store, RESOURCE, id=product.id, state="APPLIED")
    await put(store, LEVEL, id=product.id, kept=True, at=clock.now())
    await put(store, RUN, id=product.id, run="run_2", at=clock.now(), passed=False)
    _, told = await messages(store, product)
    assert told == {"quality_run_passed": "The last quality run of contract 1.0.0 did not pass."}
    await put(store, RUN, id=product.id, run="run_3", at=clock.now(), passed=True)
    outcome, told = await messages(store, product)
    assert told == {}
    assert done(outcome).status == "PRODUCTION"


async def test_policies_can_ask_for_the_quality_of_the_last_days(store):
    await a_domain(store)
    product = await a_product(store, contract=contract())
    parameters = {"days": 10, "minimum_runs": 2, "minimum_passed": 0.6, "minimum_score": 0.9}
    await a_policy(store, "quality_history_good", "MANDATORY", parameters)
    _, told = await messages(store, product)
    unknown = "Nothing is known of the quality in the last 10 days: no run has finished; at least 2 are needed."
    assert told == {"quality_history_good": unknown}
    now = clock.from_text(clock.now())
    for number, (days, passed, overall) in enumerate(((20, True, 1.0), (3, False, 0.7), (2, True, 0.9))):
        at = clock.to_text(now - timedelta(days=days))
        await put(store, RUN, id=product.id, run=f"run_{number}", at=at, passed=passed)
        await put(
            store,
            "MATCH (q:QualityRun {id: $run}) SET q.overall = $overall RETURN q.id",
            run=f"run_{number}",
            overall=overall,
        )
    outcome, told = await messages(store, product)
    assert sorted(one.message for one in outcome.violations) == [
        "50% of 2 quality runs of the last 10 days passed; at least 60% are needed.",
        "The mean quality score of the last 10 days is 0.800; at least 0.9 is needed.",
    ]
    await put(store, RUN, id=product.id, run="run_3", at=clock.now(), passed=True)
    await put(store, "MATCH (q:QualityRun {id: 'run_3'}) SET q.overall = 1.0 RETURN q.id")
    await put(store, "MATCH (q:QualityRun {id: 'run_1'}) SET q.overall = 0.8 RETURN q.id")
    outcome, told = await messages(store, product)
    assert told == {}
    assert done(outcome).status == "PRODUCTION"


async def test_a_past_report_says_what_is_not_known_of_its_time(store):
    await a_domain(store)
    product = await a_product(store, contract=contract(sla=SLA))
    for status in (ProductStatus.TESTING, ProductStatus.PRODUCTION):
        done(await transition_product(store, SALES_OWNER, product.id, status))
    for rule in ("infrastructure_provisioned", "quality_run_passed", "service_levels_met"):
        await a_policy(store, rule, "ADVISORY")
    then = clock.now()
    at = clock.now()
    await put(store, RESOURCE, id=product.id, state="APPLIED")
    since = "MATCH (x) WHERE x:InfrastructureResource OR x:ServiceLevelStatus SET x.since = $at RETURN count(*)"
    await put(store, LEVEL, id=product.id, kept=True, at=at)
    await put(store, since, at=at)
    await put(store, RUN, id=product.id, run="run_1", at=at, passed=True)
    assert (await report_on(store)).warnings == ()
    assert {one.policy.name: one.message for one in (await report_on(store, as_of=then)).warnings} == {
        "infrastructure_provisioned": (
            "What was applied of the product's infrastructure at that time is not known: it changed since."
        ),
        "quality_run_passed": "Nothing is known of the quality of contract 1.0.0: no run of it has finished.",
        "service_levels_met": "Nothing is known of freshness in the last 24 hours.",
    }
    assert (await report_on(store, as_of=clock.now())).warnings == ()


async def test_what_is_optional_may_be_missing(store):
    await a_domain(store)
    product = await a_product(store)
    await a_policy(store, "infrastructure_provisioned", "MANDATORY", {"optional_kinds": ["BUCKET"]})
    await put(store, RESOURCE, id=product.id, state="FAILED")
    assert done((await messages(store, product))[0]).status == "PRODUCTION"


async def test_without_a_contract_guards_say_that_nothing_is_known(store):
    await a_domain(store)
    product = await a_product(store)
    for rule in ("infrastructure_provisioned", "quality_run_passed", "quality_history_good", "service_levels_met"):
        await a_policy(store, rule, "MANDATORY")
    before = await checksum(store)
    _, told = await messages(store, product)
    assert told.keys() == {
        "infrastructure_provisioned",
        "quality_run_passed",
        "quality_history_good",
        "service_levels_met",
    }
    assert all(message.startswith("Nothing is known of ") for message in told.values())
    assert await checksum(store) == before
