"""Policies written in CEL: the document they see, what they reach, and that nothing hostile comes through."""

import time

import pytest

from resolvers.governance.engine.document import CONTRACT_KEYS, PRODUCT_KEYS, to_document
from resolvers.governance.engine.expression import MAX_KEPT, VARIABLES, WrongExpression, expression_rule, named_keys
from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import NoParameters, Reach
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.policy_define import define_policy
from resolvers.writes.judgement import Aspect
from tests.checksum import checksum
from tests.policies import a_policy, policy_input, told
from tests.resolvers.governance.engine.facts_of import a_contract, a_product, a_whole_edge
from tests.writes import a_domain, contract, done, faults
from tests.writes import a_product as write_product

FACTS = Facts(
    a_product(
        metadata={"tier": 1},
        access=[{"kind": "API", "uri": "https://x"}],
        tags=["core"],
        contract=a_contract(
            sla=[{"metric": "availability", "target": 0.99, "unit": None, "better": "HIGHER"}],
            fields=[("id", None, "PUBLIC")],
        ),
    ),
    providers=(a_whole_edge(a_product("prd_b", status="TESTING"), ["id"], "1.0.0"),),
    consumers=(a_whole_edge(a_product("prd_c", contract=None)),),
)


def findings(text, facts=FACTS):
    return [finding.message for finding in expression_rule(text).check(facts, NoParameters())]


@pytest.mark.parametrize(
    "text",
    [
        "product.status == 'PRODUCTION' && product.domain == 'sales'",
        "product.metadata.tier < 2 && 'core' in product.tags",
        "product.accessPoints.exists(a, a.kind == 'API')",
        "contract != null && contract.retention.days <= 365",
        "contract.sla.exists(s, s.metric == 'availability' && s.target >= 0.99)",
        "contract.fields.all(f, f.classification == 'PUBLIC' && !f.required)",
        "contract.semanticModel == null && size(contract.quality) == 0",
        "providers.all(p, p.status != 'DEPRECATED' && p.edge.contractVersion == '1.0.0' && p.edge.fields == ['id'])",
        "consumers.exists(c, c.contract == null && c.edge.fields == null)",
        "product.ownerTeam.matches('^[a-z]+$')",
        "product.urn.startsWith('urn:mesh:' + product.domain)",
    ],
)
def test_an_expression_sees_the_whole_document(text):
    assert findings(text) == []
    assert findings(f"!({text})") == ["The expression does not hold."]


def test_the_document_is_as_documented():
    assert {
        key: list(value) if isinstance(value, dict) else value for key, value in to_document(FACTS, VARIABLES).items()
    } == {
        "product": [
            *("id", "urn", "name", "description", "domain", "ownerTeam", "type", "status", "version", "tags"),
            *("metadata", "accessPoints", "successor", "sunset"),
        ],
        "contract": [
            *("version", "format", "classification", "retention", "sla", "quality", "semanticModel", "fields")
        ],
        "providers": to_document(FACTS, VARIABLES)["providers"],
        "consumers": to_document(FACTS, VARIABLES)["consumers"],
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("product.nam == 'x'", 'Key not found in map : "nam"'),
        ("contract.retention.days > 1 / 0", "divide by zero"),
        ("product.name", "it gives a STRING, not true or false"),
    ],
)
def test_what_cannot_be_evaluated_is_not_let_through(text, why):
    [message] = findings(text)
    assert message.startswith("The expression can't be evaluated: ")
    assert why in message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1 +", "Line 1, column 4: Syntax error"),
        ("secrets == 1", "undeclared reference to 'secrets'"),
        ("open('/etc/passwd')", "undeclared reference to 'open'"),
        ("1 + 1", "true or false"),
        ("true " + " " * 5_000, "at most 4,000 characters"),
        ("(" * 200 + "true" + ")" * 200, "recursion limit"),
    ],
)
def test_what_is_no_policy_is_told(text, why):
    with pytest.raises(WrongExpression) as wrong:
        expression_rule(text)
    assert why in str(wrong.value)


def test_an_expression_cannot_run_away():
    many = "[" + ",".join(["1"] * 20) + "]"
    nested = many
    for name in "abcdef":
        nested = f"{many}.map({name}, {nested})"
    began = time.process_time()
    assert "Iteration budget exceeded" in _raised(f"size({nested}) > 0")
    assert findings("'" + "a" * 40 + "b'.matches('(a+)+$')") == ["The expression does not hold."]
    assert time.process_time() - began < 2  # seconds of CPU; without the budget it is minutes


def _raised(text):
    [message] = findings(text)
    return message


def reach(text):
    return {aspect.value: {one.value for one in reach} for aspect, reach in expression_rule(text).reach.items()}


def test_an_expression_reaches_what_it_looks_at():
    assert reach("product.status != 'X'") == {"STATUS": {"SELF"}}
    assert reach("contract != null") == {"CONTRACT": {"SELF"}}
    assert reach("providers.all(p, p.status != 'X')") == {"STATUS": {"SELF", "CONSUMERS"}, "EDGES": {"SELF"}}
    assert reach("size(consumers) < 9") == {"EDGES": {"PROVIDERS"}}
    every = {"STATUS", "OWNER", "CONTRACT", "PRODUCT"}
    assert reach("product['sta' + 'tus'] != 'X'").keys() == every
    assert reach("true").keys() == every
    rule = expression_rule("providers.all(p, p.contract.fields.all(f, f.required))")
    assert rule.needs == {Need.PROVIDERS, Need.WHOLE_NEIGHBOURS, Need.FIELDS, Need.PROVIDER_FIELDS}
    assert expression_rule("size(consumers) < 9").needs == {Need.CONSUMERS, Need.WHOLE_NEIGHBOURS}
    assert rule.reach[Aspect.CONTRACT] == {Reach.SELF, Reach.CONSUMERS}


SHORT = "contract == null || contract.retention == null || contract.retention.days <= 90"


def expressed(text):
    return {"name": "ours", "rule": {"expression": text}}


async def test_an_expression_judges_writes(store):
    await a_domain(store)
    product = await write_product(store)
    policy = await a_policy(store, "", **expressed(SHORT))
    assert (policy.rule_kind, policy.rule_text) == ("EXPRESSION", SHORT)
    before = await checksum(store)
    refused = await publish_contract(store, ADMINISTRATOR, product.id, contract(retention={"days": 91}))
    assert told(refused)["violations"] == [("ours", "The expression does not hold.")]
    assert refused.violations[0].evidence == {"expression": SHORT}
    assert await checksum(store) == before
    done(await publish_contract(store, ADMINISTRATOR, product.id, contract(retention={"days": 90})))


async def test_a_consumers_expression_judges_its_providers_writes(store):
    await a_domain(store)
    provider, consumer = await write_product(store, "provider"), await write_product(store, "consumer")
    done(await declare_dependency(store, ADMINISTRATOR, consumer.id, provider.id))
    await a_policy(store, "", **expressed("providers.all(p, p.status != 'DEPRECATED')"))
    refused = await transition_product(store, ADMINISTRATOR, provider.id, ProductStatus.DEPRECATED)
    assert [one.product_id for one in refused.violations] == [consumer.id]


async def test_a_write_is_not_blamed_for_what_another_product_was_at_fault_for_before(store):
    await a_domain(store)
    old, new, consumer = [await write_product(store, name) for name in ("old", "new", "consumer")]
    for provider in (old, new):
        done(await declare_dependency(store, ADMINISTRATOR, consumer.id, provider.id))
    done(await transition_product(store, ADMINISTRATOR, old.id, ProductStatus.DEPRECATED))
    await a_policy(store, "", **expressed("providers.all(p, p.status != 'DEPRECATED')"))
    done(await transition_product(store, ADMINISTRATOR, new.id, ProductStatus.TESTING))


async def test_a_clock_that_runs_behind_excuses_nothing(store, cypher):
    await a_domain(store)
    old, new, consumer = [await write_product(store, name) for name in ("old", "new", "consumer")]
    for provider in (old, new):
        done(await declare_dependency(store, ADMINISTRATOR, consumer.id, provider.id))
    done(await transition_product(store, ADMINISTRATOR, old.id, ProductStatus.DEPRECATED))
    await a_policy(store, "", **expressed("providers.all(p, p.status != 'DEPRECATED')"))
    await cypher("MATCH (p:DataProduct {id: $id}) SET p.updatedAt = '2999-01-01T00:00:00.000000Z'", id=old.id)
    refused = await transition_product(store, ADMINISTRATOR, new.id, ProductStatus.TESTING)
    assert [one.product_id for one in refused.violations] == [consumer.id]


@pytest.mark.parametrize("text", ["1 +", "secrets == 1", "1 + 1"])
async def test_a_bad_expression_is_refused_when_it_is_defined(store, text):
    before = await checksum(store)
    outcome = await define_policy(store, ADMINISTRATOR, policy_input("", **expressed(text)))
    assert faults(outcome) == [("INVALID_INPUT", ("input", "rule", "expression"))]
    assert await checksum(store) == before


async def test_tags_are_judged_by_an_expression_about_them(store):
    await a_domain(store)
    product = await write_product(store, tags=["core"])
    await a_policy(store, "", **expressed("'core' in product.tags"))
    refused = await update_product(store, ADMINISTRATOR, product.id, {"tags": []})
    assert told(refused)["violations"] == [("ours", "The expression does not hold.")]


@pytest.mark.parametrize(
    ("text", "product", "contract"),
    [
        ("product.status == 'PRODUCTION'", ["status"], CONTRACT_KEYS),
        ("contract == null || contract . retention == null", PRODUCT_KEYS, ["retention"]),
        ("product == {} || product.name == ''", PRODUCT_KEYS, CONTRACT_KEYS),
        ("product['name'] == '' || product.exists(k, k == 'x')", PRODUCT_KEYS, CONTRACT_KEYS),
        ("product.name == '' && 'sla' in contract && contract.format == ''", ["name"], CONTRACT_KEYS),
        ("has(product.metadata) && contract != null && has(contract.sla)", ["metadata"], ["sla"]),
    ],
)
def test_a_document_has_what_the_expression_names(text, product, contract):
    if "product" in text:
        assert list(named_keys(text, "product", PRODUCT_KEYS)) == list(product)
    if "contract" in text:
        assert list(named_keys(text, "contract", CONTRACT_KEYS)) == list(contract)


def test_a_verdict_that_is_kept_is_of_that_very_document():
    """Numbers of different types, long documents which are not kept, and reasons."""
    text = "type(product.metadata.n) == int"
    for n, expected in ((1, []), (1.0, ["The expression does not hold."]), (True, ["The expression does not hold."])):
        for padding in ("", "x" * MAX_KEPT):
            facts = Facts(a_product(metadata={"n": n, "padding": padding}))
            assert [findings(text, facts) for _ in range(2)] == [expected] * 2
    bare = Facts(a_product())
    first, again = findings(text, bare), findings(text, bare)
    assert first == again == ['The expression can\'t be evaluated: Key not found in map : "n".']
