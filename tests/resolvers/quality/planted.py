"""Rows with planted faults of every kind, and what a run has to find in them: exactly those."""

from typing import Any

from resolvers.quality.reader import Session
from resolvers.quality.rules import References, reference_key
from resolvers.quality.run import measure
from resolvers.quality.scores import QualityResult

ROWS = 2_000
CUSTOMERS = {"product": "urn:mesh:customer:profiles", "accessPoint": "batch", "property": "customer_id"}
MASTER = {"product": "urn:mesh:customer:profiles", "accessPoint": "batch", "property": "email", "key": "customer_id"}

# Of 2,000 orders: ids 0 and 1 twice; 20 without customer; 10 of unknown customers; 8 with a wrong email, of which 4 are
# no email at all; 5 negative amounts; 40 of an unknown status; 16 shipped before they were made; 25 times of no format.
ORDERS = f"""
select case when i >= {ROWS - 2} then i - {ROWS - 2} else i end as order_id,
  case when i % 100 = 7 then null when i % 200 = 11 then 'c' || (900000 + i) else 'c' || (i % 500) end as customer_id,
  case when i in (20, 40, 60, 80) then 'nobody' when i in (21, 41, 61, 81) then 'other@example.org'
    else 'c' || (i % 500) || '@example.org' end as email,
  case when i in (100, 200, 300, 400, 500) then -1.5 else i * 0.5 end as amount,
  case when i % 50 = 3 then 'lost' else 'paid' end as status,
  timestamp '2026-11-01 00:00:00' + i * interval '1 minute' as created_at,
  timestamp '2026-11-01 00:00:00' + (i + case when i % 125 = 9 then -5 else 5 end) * interval '1 minute' as shipped_at,
  case when i % 80 = 13 then '28.11.2026 10:00' else '2026-11-28T10:00:00Z' end as noted_at
from range({ROWS}) r(i)
"""
PROFILES = "select 'c' || i as customer_id, 'c' || i || '@example.org' as email from range(500) r(i)"

SCHEMA = {
    "type": "object",
    "required": ["order_id", "customer_id"],
    "properties": {
        "order_id": {"type": "integer", "x-unique": True},
        "customer_id": {"type": "string", "minLength": 1},
        "email": {"type": "string", "format": "email"},
        "amount": {"type": "number", "minimum": 0},
        "status": {"enum": ["new", "paid"]},
        "created_at": {"type": "string", "format": "date-time", "x-event-time": True},
    },
}
QUALITY: list[dict[str, Any]] = [
    {"dimension": "consistency", "threshold": 0.99},
    {
        "dimension": "consistency",
        "rule": {"id": "shipped-later", "metric": "failedRows", "condition": "shipped_at >= created_at", "mustBe": 0},
    },
    {
        "dimension": "consistency",
        "rule": {
            "id": "known-customer",
            "metric": "danglingReferences",
            "property": "customer_id",
            "reference": CUSTOMERS,
            "mustBeLessThan": 1,
            "unit": "percent",
        },
    },
    {
        "dimension": "accuracy",
        "rule": {
            "id": "email-of-master",
            "metric": "differingValues",
            "property": "email",
            "reference": MASTER,
            "mustBe": 0,
        },
    },
    {"dimension": "timeliness", "maxDelay": "P30D"},
    {"dimension": "volume", "rule": {"id": "volume", "metric": "rowCount", "mustBeBetween": [1000, 3000]}},
]
ISO_8601 = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"
BUSINESS_RULES = [
    {"id": "customer-named", "sql": "customer_id is not null and trim(customer_id) <> ''"},
    {"id": "noted-iso", "cel": f"row.noted_at.matches(r'{ISO_8601}')"},
    {"id": "paid-is-positive", "cel": "row.status != 'paid' || row.amount >= 0"},
    {"id": "of-others", "sql": "false", "products": ["invoices"]},
    {"id": "no-such-column", "cel": "row.segment != ''"},
]  # fmt: skip

# (good, of how many) by check.
COUNTS = {
    "completeness:order_id": (2000, 2000),
    "completeness:customer_id": (1980, 2000),
    "uniqueness:order_id": (1998, 2000),
    "validity:order_id": (2000, 2000),
    "validity:customer_id": (1980, 1980),
    "validity:email": (1996, 2000),
    "validity:amount": (1995, 2000),
    "validity:status": (1960, 2000),
    "validity:created_at": (2000, 2000),
    "shipped-later": (1984, 2000),
    "known-customer": (1970, 1980),
    "email-of-master": (1962, 1970),
    "volume": (2000, 2000),
    "customer-named": (1980, 2000),
    "noted-iso": (1975, 2000),
    "paid-is-positive": (1995, 2000),
}
SAMPLES = {
    "validity:amount": {"100", "200", "300", "400", "500"},
    "validity:email": {"20", "40", "60", "80"},
    "uniqueness:order_id": {"0", "1"},
    "known-customer": {str(i) for i in range(11, ROWS, 200)},
    "email-of-master": {"20", "21", "40", "41", "60", "61", "80", "81"},
    "shipped-later": {str(i) for i in range(9, ROWS, 125)},
    "paid-is-positive": {"100", "200", "300", "400", "500"},
}
FAILED_RULES = {"shipped-later", "email-of-master", "customer-named", "noted-iso", "paid-is-positive"}


async def run(session: Session) -> QualityResult:
    """`session` has the orders, and the profiles as its first reference."""
    return await measure(
        session,
        SCHEMA,
        QUALITY,
        references=References({reference_key(CUSTOMERS): 1}),
        business_rules=BUSINESS_RULES,
        product="orders",
        now="2026-11-20T00:00:00.000000Z",
    )


def assert_exactly_those(result: QualityResult) -> None:
    checks = {check.id: check for check in result.checks}
    assert result.rows == ROWS
    assert {id: (one.numerator, one.denominator) for id, one in checks.items() if one.score is not None} == COUNTS
    assert {id: set(checks[id].samples) for id in SAMPLES} == SAMPLES
    assert "of-others" not in checks
    assert checks["no-such-column"].reason == "not computed: the output has no column 'segment'"
    assert {id for id in FAILED_RULES | {"volume", "known-customer"} if not checks[id].passed} == FAILED_RULES
    assert {check.origin for check in result.checks} == {"contract", "domain"}
    assert result.newest == "2026-11-02T09:19:00.000000Z"
    scores = {one.dimension: one.score for one in result.dimensions}
    assert scores["completeness"] == 3980 / 4000
    assert scores["uniqueness"] == 0.999
    assert scores["validity"] == (2000 + 1980 + 1996 + 1995 + 1960 + 2000) / (5 * 2000 + 1980)
    assert scores["consistency"] == (1984 + 1970) / (2000 + 1980)
    assert scores["accuracy"] == 1962 / 1970
    assert scores["timeliness"] == 1.0
    assert scores["businessRules"] == (1.0 + 0.99 + 0.9875 + 0.9975) / 4
    assert result.overall is not None
    assert abs(result.overall - sum(score for score in scores.values() if score is not None) / 7) < 1e-12
    assert result.passed is False
