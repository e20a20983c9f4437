"""Policies and waivers as clients write them."""

from resolvers.model.access import ADMINISTRATOR
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.writes import READER, a_domain, a_product

DEFINE = """
mutation($input: PolicyInput!, $dryRun: Boolean) {
  policyDefine(input: $input, dryRun: $dryRun) {
    policy { name version paused enforcement scope { kind domain { name } }
      rule { kind builtin { name parameters } expression graphPattern } }
    violations { product { name } message waivedBy { reason } }
    warnings { product { name } }
    userErrors { code message field }
    dryRun
  }
}
"""


async def define(store, caller=ADMINISTRATOR, dry_run=False, **given):
    return (await ask(store, DEFINE, caller=caller, input=given, dryRun=dry_run))["policyDefine"]


async def test_the_three_kinds_of_rule_are_defined_and_read_back(store):
    await a_domain(store)
    pattern = "MATCH (p:DataProduct) WHERE p.name = 'x' RETURN p.id AS productId"
    rules = {
        "builtin": ({"name": "owner_required", "parameters": {"placeholders": ["?"]}}, "BUILTIN"),
        "expression": ("product.name != ''", "EXPRESSION"),
        "graphPattern": (pattern, "GRAPH_PATTERN"),
    }
    for form, (rule, kind) in rules.items():
        answer = await define(store, name=form, enforcement="ADVISORY", domain="sales", rule={form: rule})
        assert answer == {
            "policy": {
                "name": form,
                "version": 1,
                "paused": False,
                "enforcement": "ADVISORY",
                "scope": {"kind": "DOMAIN", "domain": {"name": "sales"}},
                "rule": {"kind": kind, "builtin": None, "expression": None, "graphPattern": None, form: rule},
            },
            "violations": [],
            "warnings": [],
            "userErrors": [],
            "dryRun": False,
        }


async def test_a_dry_run_names_the_offenders_and_keeps_nothing(store):
    await a_domain(store)
    await a_product(store)
    before = await checksum(store)
    rule = {"builtin": {"name": "data_classification_required"}}
    answer = await define(store, dry_run=True, name="ours", enforcement="MANDATORY", rule=rule)
    assert (answer["policy"]["name"], answer["dryRun"], answer["warnings"]) == ("ours", True, [])
    assert answer["violations"] == [
        {
            "product": {"name": "orders"},
            "message": "There is no contract to state a classification.",
            "waivedBy": None,
        }
    ]
    assert await checksum(store) == before


async def test_faults_are_data(store):
    wrong = {"builtin": {"name": "minimum_sla_requirements", "parameters": {"sla": 1}}}
    answer = await define(store, name="ours", enforcement="MANDATORY", rule=wrong)
    at = ["input", "rule", "builtin", "parameters"]
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [
        ("INVALID_INPUT", [*at, "required_slas"]),
        ("INVALID_INPUT", [*at, "sla"]),
    ]
    rule = {"builtin": {"name": "owner_required"}}
    denied = await define(store, caller=READER, name="ours", enforcement="MANDATORY", rule=rule)
    assert [one["code"] for one in denied["userErrors"]] == ["FORBIDDEN"]


async def test_a_refused_creation_shows_the_product_as_it_would_have_been(store):
    await a_domain(store)
    rule = {"builtin": {"name": "data_classification_required"}}
    await define(store, name="ours", enforcement="MANDATORY", rule=rule)
    create = """mutation { dataProductCreate(input: {domain: "sales", name: "orders", type: SOURCE}) {
      dataProduct { id } userErrors { code } violations { policy { name } product { urn domain { name } } enforcement }
    } }"""
    answer = (await ask(store, create, caller=ADMINISTRATOR))["dataProductCreate"]
    assert answer == {
        "dataProduct": None,
        "userErrors": [],
        "violations": [
            {
                "policy": {"name": "ours"},
                "product": {"urn": "urn:mesh:sales:orders", "domain": {"name": "sales"}},
                "enforcement": "MANDATORY",
            }
        ],
    }


async def test_a_waiver_is_granted_and_seen_and_a_policy_retired(store):
    await a_domain(store)
    product = await a_product(store)
    rule = {"builtin": {"name": "data_classification_required"}}
    await define(store, name="ours", enforcement="MANDATORY", rule=rule)
    [policy] = (await ask(store, "{ policies { nodes { id } } }"))["policies"]["nodes"]
    grant = """mutation($policy: ID!, $product: ID!) {
      waiverGrant(policyId: $policy, productId: $product, reason: "Known.", expiresAt: "2999-01-01T00:00:00Z") {
        waiver { policyName reason grantedBy expiresAt product { name } } userErrors { message }
      }
    }"""
    granted = await ask(store, grant, caller=ADMINISTRATOR, policy=policy["id"], product=product.id)
    assert granted["waiverGrant"] == {
        "waiver": {
            "policyName": "ours",
            "reason": "Known.",
            "grantedBy": "administrator",
            "expiresAt": "2999-01-01T00:00:00.000000Z",
            "product": {"name": "orders"},
        },
        "userErrors": [],
    }
    seen = """{ complianceReport {
      overallCompliance violations { totalCount } warnings { nodes { waivedBy { reason } } }
    } }"""
    assert (await ask(store, seen))["complianceReport"] == {
        "overallCompliance": True,
        "violations": {"totalCount": 0},
        "warnings": {"nodes": [{"waivedBy": {"reason": "Known."}}]},
    }
    retire = "mutation($id: ID!) { policyRetire(id: $id) { policy { retiredAt } userErrors { code } } }"
    retired = (await ask(store, retire, caller=ADMINISTRATOR, id=policy["id"]))["policyRetire"]
    assert retired["policy"]["retiredAt"] is not None
    assert (await ask(store, seen))["complianceReport"]["warnings"]["nodes"] == []
