"""One pair of contracts a rule, and what the diff must say of it: rule, path, verdict, version."""

import copy
from typing import Any

import pytest

from resolvers.contracts.changes import RULES, Severity
from resolvers.contracts.diff import diff_contracts, high_enough, uses
from resolvers.contracts.spec import ContractSpec, contract_spec


def contract(properties: dict[str, Any] | None = None, required: tuple[str, ...] = (), **terms: Any) -> ContractSpec:
    schema = {"type": "object", "properties": properties or {}, "required": list(required)}
    given = {"version": "1.4.2", "format": "json", "jsonSchema": schema}
    return contract_spec(given | terms)


def records(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
LEVEL = {"metric": "latency_p95", "target": 500, "unit": "ms"}
FRESH = {"metric": "freshness", "target": 2, "unit": "h"}

PAIRS: list[tuple[str, tuple[str, ...], ContractSpec, ContractSpec]] = [
    ("field_removed", ("a",), contract({"a": STRING}), contract()),
    ("field_added", ("a",), contract(), contract({"a": STRING})),
    ("required_field_added", ("a",), contract(), contract({"a": STRING}, ("a",))),
    ("field_became_required", ("a",), contract({"a": STRING}), contract({"a": STRING}, ("a",))),
    ("field_became_optional", ("a",), contract({"a": STRING}, ("a",)), contract({"a": STRING})),
    ("field_became_nullable", ("a",), contract({"a": STRING}), contract({"a": {"type": ["string", "null"]}})),
    (
        "field_became_non_nullable",
        ("a",),
        contract({"a": {"anyOf": [STRING, {"type": "null"}]}}),
        contract({"a": STRING}),
    ),
    ("type_narrowed", ("a",), contract({"a": NUMBER}), contract({"a": INTEGER})),
    (
        "type_narrowed_physically",
        ("a",),
        contract({"a": NUMBER}, format="parquet"),
        contract({"a": INTEGER}, format="parquet"),
    ),
    ("type_widened", ("a",), contract({"a": INTEGER}), contract({"a": NUMBER})),
    ("type_changed", ("a",), contract({"a": INTEGER}), contract({"a": STRING})),
    ("enum_value_removed", ("a",), contract({"a": {"enum": ["x", "y"]}}), contract({"a": {"enum": ["x"]}})),
    ("enum_value_added", ("a",), contract({"a": {"enum": ["x"]}}), contract({"a": {"enum": ["x", "y"]}})),
    ("enum_introduced", ("a",), contract({"a": STRING}), contract({"a": STRING | {"enum": ["x"]}})),
    ("enum_dropped", ("a",), contract({"a": STRING | {"enum": ["x"]}}), contract({"a": STRING})),
    ("constraint_tightened", ("a",), contract({"a": STRING}), contract({"a": STRING | {"maxLength": 9}})),
    (
        "constraint_loosened",
        ("a",),
        contract({"a": INTEGER | {"minimum": 1}}),
        contract({"a": INTEGER | {"minimum": 0}}),
    ),
    (
        "constraint_changed",
        ("a",),
        contract({"a": STRING | {"pattern": "^a"}}),
        contract({"a": STRING | {"pattern": "^b"}}),
    ),
    (
        "composition_changed",
        ("a",),
        contract({"a": {"oneOf": [STRING, INTEGER]}}),
        contract({"a": {"oneOf": [STRING, NUMBER]}}),
    ),
    ("annotation_changed", ("a",), contract({"a": STRING}), contract({"a": STRING | {"readOnly": True}})),
    ("field_description_changed", ("a",), contract({"a": STRING}), contract({"a": STRING | {"description": "A"}})),
    (
        "field_classification_raised",
        ("a",),
        contract({"a": STRING}),
        contract({"a": STRING | {"classification": "CONFIDENTIAL"}}),
    ),
    (
        "field_classification_lowered",
        ("a",),
        contract({"a": STRING | {"classification": "RESTRICTED"}}),
        contract({"a": STRING | {"classification": "INTERNAL"}}),
    ),
    ("format_changed", ("format",), contract(), contract(format="avro")),
    (
        "classification_raised",
        ("classification",),
        contract(classification="PUBLIC"),
        contract(classification="INTERNAL"),
    ),
    (
        "classification_lowered",
        ("classification",),
        contract(classification="RESTRICTED"),
        contract(classification="PUBLIC"),
    ),
    ("classification_removed", ("classification",), contract(classification="PUBLIC"), contract()),
    ("classification_added", ("classification",), contract(), contract(classification="PUBLIC")),
    ("retention_shortened", ("retention",), contract(retention={"days": 90}), contract(retention={"days": 30})),
    ("retention_extended", ("retention",), contract(retention={"days": 30}), contract(retention={"days": 90})),
    ("retention_removed", ("retention",), contract(retention={"days": 90}), contract()),
    ("retention_added", ("retention",), contract(), contract(retention={"days": 90})),
    (
        "sla_loosened",
        ("sla", "latency_p95"),
        contract(sla=[LEVEL]),
        contract(sla=[LEVEL | {"target": 0.6, "unit": "s"}]),
    ),
    (
        "sla_tightened",
        ("sla", "freshness"),
        contract(sla=[FRESH]),
        contract(sla=[FRESH | {"target": 90, "unit": "min"}]),
    ),
    ("sla_changed", ("sla", "latency_p95"), contract(sla=[LEVEL]), contract(sla=[LEVEL | {"unit": "%"}])),
    ("sla_removed", ("sla", "freshness"), contract(sla=[LEVEL, FRESH]), contract(sla=[LEVEL])),
    ("sla_added", ("sla", "freshness"), contract(sla=[LEVEL]), contract(sla=[LEVEL, FRESH])),
    (
        "quality_loosened",
        ("quality", "timeliness"),
        contract(quality=[{"dimension": "timeliness", "threshold": 0.9, "maxDelay": "PT4H"}]),
        contract(quality=[{"dimension": "timeliness", "threshold": 0.95, "maxDelay": "P1D"}]),
    ),
    (
        "quality_tightened",
        ("quality", "completeness"),
        contract(quality=[{"dimension": "completeness", "threshold": 0.9}]),
        contract(quality=[{"dimension": "completeness", "threshold": 0.95}]),
    ),
    (
        "quality_removed",
        ("quality", "completeness"),
        contract(quality=[{"dimension": "completeness", "threshold": 0.9}]),
        contract(),
    ),
    (
        "quality_added",
        ("quality", "completeness"),
        contract(),
        contract(quality=[{"dimension": "completeness", "threshold": 0.9}]),
    ),
    ("semantic_model_changed", ("semanticModel",), contract(), contract(semanticModel={"entity": "Customer"})),
]


@pytest.mark.parametrize(("rule", "path", "old", "new"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_each_rule(rule: str, path: tuple[str, ...], old: ContractSpec, new: ContractSpec) -> None:
    diff = diff_contracts(old, new)

    assert [(change.rule, change.path) for change in diff.changes] == [(rule, path)]
    assert diff.breaking is (RULES[rule].severity is Severity.BREAKING)
    assert diff.required_version == {"major": "2.0.0", "minor": "1.5.0", "patch": "1.4.3"}[RULES[rule].bump]
    assert diff.changes[0].message.endswith(RULES[rule].why)


def test_every_rule_has_its_pair() -> None:
    assert {pair[0] for pair in PAIRS} == RULES.keys()


def test_the_same_contract_has_no_changes() -> None:
    for _, _, old, _ in PAIRS:
        assert diff_contracts(old, old).changes == ()


def test_it_follows_objects_arrays_maps_and_tuples() -> None:
    old = contract(
        {
            "customer": records(address=records(city=STRING)),
            "lines": {"type": "array", "items": records(sku=STRING)},
            "labels": {"type": "object", "additionalProperties": STRING},
            "point": {"type": "array", "prefixItems": [NUMBER, NUMBER]},
        }
    )
    new = contract(
        {
            "customer": records(address=records()),
            "lines": {"type": "array", "items": records(sku=INTEGER)},
            "labels": {"type": "object", "additionalProperties": INTEGER},
            "point": {"type": "array", "prefixItems": [NUMBER, STRING]},
        }
    )

    changes = diff_contracts(old, new).changes

    assert [(change.rule, change.field) for change in changes] == [
        ("field_removed", "customer.address.city"),
        ("type_changed", "lines[].sku"),
        ("type_changed", "labels{}"),
        ("type_changed", "point[1]"),
    ]


def test_it_follows_references_and_ends_at_recursion() -> None:
    node = records(value=INTEGER, next={"$ref": "#/$defs/node"})
    schema = records(head={"$ref": "#/$defs/node"}) | {"$defs": {"node": node}}
    changed = copy.deepcopy(schema)
    changed["$defs"]["node"]["properties"]["value"] = STRING

    changes = diff_contracts(contract(jsonSchema=schema), contract(jsonSchema=changed)).changes

    assert [(change.rule, change.field) for change in changes] == [("type_changed", "head.value")]


def test_moving_a_part_behind_a_reference_or_into_all_of_changes_nothing() -> None:
    plain = records(address=records(city=STRING))
    referred = records(address={"$ref": "#/$defs/address"}) | {"$defs": {"address": records(city=STRING)}}
    composed = records(address={"allOf": [{"type": "object"}, records(city=STRING)]})

    assert diff_contracts(contract(jsonSchema=plain), contract(jsonSchema=referred)).changes == ()
    assert diff_contracts(contract(jsonSchema=plain), contract(jsonSchema=composed)).changes == ()


def test_equal_levels_in_other_units_are_equal() -> None:
    half_a_second = LEVEL | {"target": 0.5, "unit": "s"}

    assert diff_contracts(contract(sla=[LEVEL]), contract(sla=[half_a_second])).changes == ()


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        (None, True),
        (("customer",), True),
        (("customer.address",), True),
        (("customer.address.city",), True),
        (("customer.address.city.name",), True),
        (("customer.name", "customer.addresses"), False),
        ((), False),
    ],
)
def test_who_uses_a_removed_nested_field(declared: tuple[str, ...] | None, used: bool) -> None:
    old = contract({"customer": records(address=records(city=STRING))})
    new = contract({"customer": records(address=records())})
    (change,) = diff_contracts(old, new).changes

    assert uses(declared, change) is used


def test_everyone_uses_a_loosened_level_and_no_one_an_added_field() -> None:
    (loosened,) = diff_contracts(contract(sla=[LEVEL]), contract()).changes
    (added,) = diff_contracts(contract(), contract({"a": STRING})).changes

    assert uses(("b",), loosened) is True
    assert uses(None, added) is False


@pytest.mark.parametrize(
    ("version", "required", "enough"),
    [("2.0.0", "2.0.0", True), ("2.0.0-rc.1", "2.0.0", True), ("3.1.0", "2.0.0", True), ("1.9.9", "2.0.0", False)],
)
def test_which_version_is_high_enough(version: str, required: str, enough: bool) -> None:
    assert high_enough(version, required) is enough


@pytest.mark.parametrize(
    ("current", "rule", "required"),
    [
        ("1.0.0-rc.1", "field_removed", "1.0.0"),
        ("2.0.0-beta", "field_removed", "2.0.0"),
        ("1.1.0-rc.1", "field_removed", "2.0.0"),
        ("1.1.0-rc.1", "field_added", "1.1.0"),
        ("1.0.1-rc.1", "field_added", "1.1.0"),
        ("0.3.0-a", "field_removed", "0.3.0"),
        ("0.3.1-a", "field_removed", "0.4.0"),
    ],
)
def test_what_follows_a_pre_release_may_change_what_its_release_announces(
    current: str, rule: str, required: str
) -> None:
    old, new = next((old, new) for name, _, old, new in PAIRS if name == rule)

    assert diff_contracts(old.model_copy(update={"version": current}), new).required_version == required


@pytest.mark.parametrize(("rule", "required"), [("field_removed", "0.4.0"), ("field_added", "0.3.2")])
def test_below_one_each_part_counts_one_lower(rule: str, required: str) -> None:
    old, new = next((old, new) for name, _, old, new in PAIRS if name == rule)

    assert diff_contracts(old.model_copy(update={"version": "0.3.1"}), new).required_version == required
