"""The bench's policies are those in force, whatever another run left; a report says the same in every form."""

from bench.policies import REFUSING, WARNING, bench_policies, put_in_force
from bench.shapes.compliance import common_form, our_form, their_form
from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.governance.engine.definition import PolicyInput
from resolvers.model import clock

OTHER = PolicyInput("other", "MANDATORY", {"expression": "product.tags.size() > 0"})


async def in_force(store):
    found = await policies_in_force(store.read, clock.now())
    return {(bound.policy.name, bound.policy.enforcement, bound.policy.version) for bound in found}


async def test_they_are_defined_once_and_others_end(store):
    await put_in_force(store, [OTHER])
    await put_in_force(store, bench_policies())
    wanted = {(name, "ADVISORY", 1) for name in WARNING} | {(name, "MANDATORY", 1) for name in REFUSING}
    assert await in_force(store) == wanted
    await put_in_force(store, bench_policies())
    assert await in_force(store) == wanted


def test_findings_are_told_alike_by_all():
    found = [["few_tags", 1, 1], ["retention_policy_required", 3, 2]]
    common = common_form(4, [["urn:a", "few_tags"]], [["urn:b", "retention_policy_required"]], found)
    assert common == [
        4,
        False,
        [1, 3],
        [["urn:a", "few_tags"]],
        [["urn:b", "retention_policy_required"]],
        [
            ["data_classification_required", 4, 4, 0, 0],
            ["few_tags", 4, 3, 1, 0],
            ["owner_required", 4, 4, 0, 0],
            ["pinned_cross_domain_contracts", 4, 4, 0, 0],
            ["production_ready", 4, 4, 0, 0],
            ["retention_policy_required", 4, 4, 0, 3],
            ["schema_documentation_required", 4, 4, 0, 0],
        ],
    ]
    theirs = {
        "checkedProducts": 4,
        "violations": [{"urn": "urn:a", "policy": "few_tags"}],
        "warnings": [{"urn": "urn:b", "policy": "retention_policy_required"}],
        "policies": [{"name": name, "findings": count, "offenders": whom} for name, count, whom in found],
    }
    assert their_form(theirs) == common
    ours = {
        "checkedProducts": 4,
        "overallCompliance": False,
        "violations": {"totalCount": 1, "nodes": [{"product": {"urn": "urn:a"}, "policy": {"name": "few_tags"}}]},
        "warnings": {
            "totalCount": 3,
            "nodes": [{"product": {"urn": "urn:b"}, "policy": {"name": "retention_policy_required"}}],
        },
        "byPolicy": [
            {
                "policy": {"name": name},
                "checkedProducts": checked,
                "compliantProducts": compliant,
                "violations": violations,
                "warnings": warnings,
            }
            for name, checked, compliant, violations, warnings in reversed(common[5])
        ],
    }
    assert our_form(ours) == common
