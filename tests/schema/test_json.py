"""JSON values through every door: exact or refused, and never a fault of ours."""

import json
from typing import Any

import pytest

from graph_api.json_input import read_json
from resolvers.model.access import ADMINISTRATOR
from schema.context import Context
from schema.scalars import parse_json_literal
from schema.schema import schema
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.writes import a_domain, a_product

CREATE = """mutation($input: DataProductInput!) {
  dataProductCreate(input: $input) { dataProduct { metadata } userErrors { code field message } } }"""
LITERAL = """mutation%s { dataProductCreate(input: {domain: "sales", name: "orders", type: SOURCE, metadata: %s}) {
  dataProduct { metadata } userErrors { code field message } } }"""
BEYOND = "This integer is beyond 64 bits: give it as text to keep it."


async def created(store: Any, query: str, **variables: Any) -> Any:
    return (await ask(store, query, caller=ADMINISTRATOR, **variables))["dataProductCreate"]


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 2**53 + 1, 0.1, 1e300])
async def test_a_number_comes_back_as_it_was_given(store, number):
    await a_domain(store)
    metadata = {"topic": {"id": number}}
    given = {
        "domain": "sales",
        "name": "orders",
        "type": "SOURCE",
        "metadata": read_json(json.dumps(metadata).encode()),
    }
    assert (await created(store, CREATE, input=given))["dataProduct"]["metadata"] == metadata


async def test_an_integer_beyond_64_bits_is_refused_by_variable_and_by_literal(store):
    await a_domain(store)
    before = await checksum(store)
    given = {"domain": "sales", "name": "orders", "type": "SOURCE"}
    metadata = read_json(b'{"topic": {"ids": [1, 18446744073709551617]}}')
    by_variable = await created(store, CREATE, input={**given, "metadata": metadata})
    by_literal = await created(store, LITERAL % ("", "{topic: {ids: [1, 18446744073709551617]}}"))
    path = ["input", "metadata", "topic", "ids", "1"]
    assert (
        by_variable
        == by_literal
        == {
            "dataProduct": None,
            "userErrors": [{"code": "INVALID_INPUT", "field": path, "message": BEYOND}],
        }
    )
    contract = {"version": "1.0.0", "format": "json", "jsonSchema": {"maximum": 2**64}}
    refused = await created(store, CREATE, input={**given, "contract": contract})
    assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [
        ("INVALID_CONTRACT", ["input", "contract", "jsonSchema", "maximum"])
    ]
    assert await checksum(store) == before


async def test_a_variable_left_out_of_a_json_literal_is_absent(store):
    await a_domain(store)
    query = LITERAL % ("($x: JSON, $y: JSON)", "{a: $x, b: [$x, 1], c: {d: $x}, e: $y}")
    assert (await created(store, query, y={"f": None}))["dataProduct"]["metadata"] == {
        "b": [None, 1],
        "c": {},
        "e": {"f": None},
    }


def test_literals_are_json():
    from graphql import parse_value

    assert parse_json_literal(parse_value('{a: 1, b: [true, null, "x", 1.5], c: WORD}')) == {
        "a": 1,
        "b": [True, None, "x", 1.5],
        "c": "WORD",
    }


async def test_parameters_of_a_rule_are_kept_exactly_or_refused(store):
    query = """mutation($parameters: JSON) { policyDefine(input: {name: "levels", enforcement: ADVISORY,
      rule: {builtin: {name: "minimum_sla_requirements", parameters: $parameters}}}) { userErrors { code field } } }"""
    given = {"required_slas": {"availability": 2**64}}
    answer = await ask(store, query, caller=ADMINISTRATOR, parameters=given)
    path = ["input", "rule", "builtin", "parameters", "required_slas", "availability"]
    assert answer["policyDefine"]["userErrors"] == [{"code": "INVALID_INPUT", "field": path}]


NUMBERS = ("18446744073709551616", "-9223372036854775809", "1e400", "-1e400", "9" * 4_301, "1" + "0" * 400)


# Each writes NUMBER into a field of its own.
CONTRACT = '{version: "1.0.0", format: "json", jsonSchema: {type: "object"}, MORE}'
RULE = '{dimension: "validity", rule: {metric: "nullValues", property: "a", mustBe: NUMBER}}'
CREATE_WITH = (
    'dataProductCreate(input: {domain: "sales", name: "orders", type: SOURCE, MORE}) { userErrors { message } }'
)
TEMPLATE = 'templateRegister(input: {name: "t", version: "1.0.0", MORE}) { userErrors { message } }'
DOORS = {
    "metadata": CREATE_WITH.replace("MORE", "metadata: {a: [NUMBER]}"),
    "options": CREATE_WITH.replace(
        "MORE", 'accessPoints: [{kind: BATCH, uri: "s3://b/x", format: "csv", options: {skip: NUMBER}}]'
    ),
    "semanticModel": CREATE_WITH.replace("MORE", "contract: " + CONTRACT.replace("MORE", "semanticModel: {a: NUMBER}")),
    "rule": CREATE_WITH.replace("MORE", "contract: " + CONTRACT.replace("MORE", f"quality: [{RULE}]")),
    "body": TEMPLATE.replace("MORE", 'configSchema: {type: "object"}, body: {type: "SOURCE", metadata: {a: NUMBER}}'),
    "configSchema": TEMPLATE.replace("MORE", 'configSchema: {type: "object", default: NUMBER}, body: {type: "SOURCE"}'),
    "infrastructure": 'domainRegister(input: {name: "d", ownerTeam: "t", defaults: {infrastructure: '
    "{network: {partitions: NUMBER}}}}) { userErrors { message } }",
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:12])
async def test_a_number_that_nobody_can_keep_is_refused_at_every_door(store, number):
    """Never a fault of ours: a message in the errors, or an entry of userErrors."""
    await a_domain(store)
    before = await checksum(store)
    for door, mutation in DOORS.items():
        query = f"mutation {{ {mutation.replace('NUMBER', number)} }}"
        result = await schema.execute(query, {}, Context(store, ADMINISTRATOR))
        told = [error.message for error in result.errors or ()]
        for answer in (result.data or {}).values():
            told += [error["message"] for error in (answer or {}).get("userErrors", ())]
        assert told, door
        assert not any(error.path for error in result.errors or ()), (door, told)
    assert await checksum(store) == before


@pytest.mark.parametrize("number", [*NUMBERS, "9007199254740993", "18446744073709551615"], ids=lambda text: text[:12])
async def test_any_number_is_a_payload_that_is_checked_or_refused(store, number):
    await a_domain(store)
    product = await a_product(store, contract={"version": "1.0.0", "format": "json", "jsonSchema": {"type": "string"}})
    query = f"query ($id: ID!) {{ dataContract(id: $id) {{ validate(payload: {number}) {{ valid }} }} }}"
    result = await schema.execute(query, {"id": product.contract_id}, Context(store, ADMINISTRATOR))
    if result.errors:  # before it ran
        assert [error.path for error in result.errors if error.path] == []
    else:
        assert result.data == {"dataContract": {"validate": {"valid": False}}}
