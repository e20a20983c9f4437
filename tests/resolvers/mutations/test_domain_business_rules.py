"""Business rules of a domain: admitted when written, kept apart from defaults, checked by runs of its products."""

from pathlib import Path
from typing import Any

import pytest

from resolvers.graph.store import Store
from resolvers.interchange import import_mesh
from resolvers.interchange.documents import Document
from resolvers.interchange.export import export_mesh
from resolvers.model import json_fields
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.inputs import DomainInput
from resolvers.mutations.quality_run_execute import execute_next
from resolvers.mutations.quality_run_start import start_run
from resolvers.quality.records import latest_runs
from schema.context import Context
from schema.schema import schema
from tests.checksum import checksum
from tests.graph_api.data.test_reader import reader
from tests.writes import READER, a_product, contract, done, faults

RULES = [
    {"id": "customer-named", "description": "Every row names its customer.", "cel": "row.customer_id != ''"},
    {"id": "time-is-iso", "sql": r"regexp_matches(timestamp::varchar, '^\d{4}-\d\d-\d\d[T ]')", "products": ["orders"]},
]


async def test_rules_are_kept_when_defaults_change_and_the_other_way_round(store: Store) -> None:
    given = DomainInput("sales", "sales-team", defaults={"format": "csv"}, business_rules=RULES)
    domain = done(await register_domain(store, ADMINISTRATOR, given))
    assert json_fields.domain_defaults(domain.defaults_json) == {"format": "csv"}
    assert [rule["id"] for rule in json_fields.business_rules(domain.defaults_json)] == [
        "customer-named",
        "time-is-iso",
    ]
    changed = done(await update_domain(store, ADMINISTRATOR, domain.id, {"defaults": {"format": "json"}}))
    assert json_fields.domain_defaults(changed.defaults_json) == {"format": "json"}
    assert len(json_fields.business_rules(changed.defaults_json)) == 2
    fewer = done(await update_domain(store, ADMINISTRATOR, domain.id, {"businessRules": RULES[:1]}))
    assert json_fields.domain_defaults(fewer.defaults_json) == {"format": "json"}
    assert [rule["id"] for rule in json_fields.business_rules(fewer.defaults_json)] == ["customer-named"]
    assert fewer.revision == 3
    query = """{ domain(name: "sales") { defaults businessRules { id description cel sql products } } }"""
    shown = (await schema.execute(query, context_value=Context(store, READER))).data
    assert shown == {
        "domain": {
            "defaults": {"format": "json"},
            "businessRules": [
                {
                    "id": "customer-named",
                    "description": "Every row names its customer.",
                    "cel": "row.customer_id != ''",
                    "sql": None,
                    "products": [],
                }
            ],
        }
    }
    none = done(await update_domain(store, ADMINISTRATOR, domain.id, {"businessRules": None}))
    assert json_fields.business_rules(none.defaults_json) == []


@pytest.mark.parametrize(
    ("rules", "field", "message"),
    [
        ([{"id": "a"}], ("businessRules", "0"), "a rule of rows has either sql or cel"),
        ([{"id": "a", "sql": "x > 0", "cel": "row.x > 0"}], ("businessRules", "0"), "a rule of rows has either sql or"),
        ([{"id": "a", "sql": "x > 0; drop table data"}], ("businessRules", "0"), "the SQL"),
        ([{"id": "a", "sql": "x in (select 1)"}], ("businessRules", "0"), "a condition has no queries in it"),
        ([{"id": "a", "cel": "row.x >"}], ("businessRules", "0"), "the expression cannot be compiled"),
        ([{"id": "", "sql": "x > 0"}], ("businessRules", "0", "id"), "String should have at least 1"),
        ([{"id": "a", "sql": "x > 0"}] * 2, ("businessRules",), "businessRules names the same more than once: a"),
    ],
)
async def test_a_rule_that_is_not_admitted_leaves_no_trace(
    store: Store, rules: list[Any], field: tuple[str, ...], message: str
) -> None:
    before = await checksum(store)
    outcome = await register_domain(store, ADMINISTRATOR, DomainInput("sales", "team", business_rules=rules))
    assert faults(outcome) == [("INVALID_INPUT", ("input", *field))]
    assert outcome.user_errors[0].message.startswith(message)
    assert await checksum(store) == before


async def test_rules_are_imported_and_exported(store: Store) -> None:
    document = {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team", "businessRules": RULES}
    await import_mesh(store, ADMINISTRATOR, [Document("mesh.jsonl:1", document)])
    exported = [one async for one in export_mesh(store)]
    assert exported[0]["businessRules"] == [
        {"id": "customer-named", "description": "Every row names its customer.", "cel": "row.customer_id != ''"},
        {"id": "time-is-iso", "sql": RULES[1]["sql"], "products": ["orders"]},
    ]
    assert exported[0]["defaults"] == {}
    before = await checksum(store)
    done_again = await import_mesh(store, ADMINISTRATOR, [Document("mesh.jsonl:1", exported[0])])
    assert done_again.changed == 0
    assert await checksum(store) == before


async def test_a_run_checks_the_rules_of_the_domain(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="needs meshweave[data]")
    root = tmp_path / "root"
    root.mkdir()
    rows = "customer_id,timestamp\nc1,2026-11-28T10:00:00Z\n,2026-11-28T11:00:00Z\nc3,2026-11-28T12:00:00Z\n"
    (root / "rows.csv").write_text(rows)
    done(await register_domain(store, ADMINISTRATOR, DomainInput("sales", "team", business_rules=RULES)))
    terms = contract(format="csv", jsonSchema={"type": "object", "properties": {"customer_id": {"type": "string"}}})
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv", "options": {"header": True}}]
    product = await a_product(store, contract=terms, access_points=points)
    done(await start_run(store, ADMINISTRATOR, product.id, "batch"))
    assert await execute_next(store, reader(root)) is True
    (run,) = await latest_runs(store, [product.id])
    assert run is not None
    checks = {one["id"]: (one["numerator"], one["denominator"], one["origin"]) for one in run.checks}
    assert checks["customer-named"] == (2, 3, "domain")
    assert checks["time-is-iso"] == (3, 3, "domain")
    assert run.passed is False
