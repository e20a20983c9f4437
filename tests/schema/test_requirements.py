"""Requirements as clients ask for them."""

from resolvers.governance.requirements import FIELDS
from resolvers.governance.rules.registry import BUILTIN
from tests.graphql_execution import ask, ask_wrongly
from tests.policies import REQUIRED_SLAS, a_policy
from tests.writes import a_domain

QUERY = """query($status: DataProductStatus!) { requirements(domain: "sales", type: SOURCE, status: $status) {
  policy { name } rule parameters fields enforcement message text } }"""


async def test_each_policy_that_would_judge_is_one_requirement(store):
    await a_domain(store)
    await a_domain(store, "other")
    await a_policy(store, "retention_policy_required", domain="other")
    await a_policy(store, "minimum_sla_requirements", "ADVISORY", REQUIRED_SLAS)
    await a_policy(store, "production_ready")
    rule = {"expression": "size(product.tags) > 0"}
    await a_policy(store, "owner_required", name="tagged", rule=rule, description="It has a tag.")
    told = (await ask(store, QUERY, status="DEVELOPMENT"))["requirements"]
    assert [one["policy"]["name"] for one in told] == ["minimum_sla_requirements", "tagged"]
    assert told[0] == {
        "policy": {"name": "minimum_sla_requirements"},
        "rule": "minimum_sla_requirements",
        "parameters": {"required_slas": {"availability": {"target": 0.99, "unit": None, "better": None}}},
        "fields": ["contract.sla"],
        "enforcement": "ADVISORY",
        "message": "The contract of every product promises at least the required service levels.",
        "text": None,
    }
    assert (told[1]["text"], told[1]["message"], told[1]["fields"]) == ("size(product.tags) > 0", "It has a tag.", [])
    told = (await ask(store, QUERY, status="PRODUCTION"))["requirements"]
    assert [one["policy"]["name"] for one in told] == ["minimum_sla_requirements", "production_ready", "tagged"]


def test_every_built_in_rule_names_its_fields():
    assert FIELDS.keys() == BUILTIN.keys()


async def test_requirements_of_a_domain_that_is_not_there_are_an_error(store):
    data, (error,) = await ask_wrongly(store, QUERY, status="PRODUCTION")
    assert data == {"requirements": None}
    assert (error["message"], error["extensions"]["code"]) == (
        "There is no domain 'sales': register it first.",
        "NOT_FOUND",
    )


async def test_requirements_follow_status_type_scope_and_parameters(store):
    await a_domain(store)
    await a_policy(store, "infrastructure_provisioned", "MANDATORY", {"statuses": ["TESTING"]})
    await a_policy(store, "successor_for_deprecated", "ADVISORY", domain="sales")
    await a_policy(store, "quality_history_good", "ADVISORY", {"days": 3, "statuses": ["PRODUCTION", "DEPRECATED"]})
    names = {}
    for status in ("DEVELOPMENT", "TESTING", "PRODUCTION", "DEPRECATED"):
        told = (await ask(store, QUERY, status=status))["requirements"]
        names[status] = [(one["rule"], one["enforcement"], one["fields"]) for one in told]
    provisioned = ("infrastructure_provisioned", "MANDATORY", ["accessPoints"])
    history = ("quality_history_good", "ADVISORY", ["accessPoints", "contract.quality"])
    assert names == {
        "DEVELOPMENT": [],
        "TESTING": [provisioned],
        "PRODUCTION": [history],
        "DEPRECATED": [history, ("successor_for_deprecated", "ADVISORY", ["successor", "sunset"])],
    }
