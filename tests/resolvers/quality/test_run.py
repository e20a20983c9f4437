"""Quality of a file with planted faults: a run finds exactly those."""

from pathlib import Path

import pytest

from resolvers.quality.reader import Output
from resolvers.quality.run import measure
from tests.graph_api.data.test_reader import reader

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")

SCHEMA = {
    "type": "object",
    "required": ["id", "email"],
    "properties": {
        "id": {"type": "integer", "x-unique": True},
        "email": {"type": "string", "format": "email"},
        "status": {"enum": ["new", "paid"]},
        "amount": {"type": "number", "minimum": 0},
        "code": {"type": "string", "pattern": "^(?!x).*$"},
        "created_at": {"type": "string", "format": "date-time"},
    },
}
# 1,000 rows: 10 without email, 5 bad emails, 20 bad states, 4 negative amounts, ids 0 and 1 twice.
ROWS = """
select case when i >= 998 then i - 998 else i end as id,
  case when i % 100 = 7 then null when i < 5 then 'no address' else 'u' || i || '@example.org' end as email,
  case when i % 50 = 3 then 'lost' else 'paid' end as status,
  case when i in (10, 20, 30, 40) then -1.5 else i end as amount,
  'c' || i as code,
  timestamptz '2026-11-28 08:00:00+00' - i * interval '1 second' as created_at
from range(1000) r(i)
"""


async def test_a_run_finds_exactly_the_planted_faults(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    duckdb.sql(ROWS).write_parquet(str(root / "rows.parquet"))
    quality = [
        {"dimension": "completeness", "threshold": 0.999},
        {"dimension": "timeliness", "maxDelay": "PT1H"},
        {
            "dimension": "r1",
            "rule": {"id": "few-nulls", "metric": "nullValues", "property": "email", "mustBeLessThan": 10},
        },
        {"dimension": "r2", "rule": {"metric": "rowCount", "mustBeBetween": [900, 1100]}},
        {
            "dimension": "r3",
            "rule": {"metric": "duplicateValues", "property": "id", "unit": "percent", "mustBeLessOrEqualTo": 1},
        },
        {
            "dimension": "r4",
            "rule": {
                "metric": "sql",
                "query": "select count(*) from {object} where {property} < 0",
                "property": "amount",
                "mustBe": 4,
            },
        },
        {"dimension": "r5", "rule": {"metric": "sql", "query": "delete from {object}", "mustBe": 0}},
        {
            "dimension": "r6",
            "rule": {"metric": "sql", "query": "select count(*) from read_csv('/etc/passwd')", "mustBe": 0},
        },
    ]
    async with reader(root).open([Output("file:///data/rows.parquet")]) as session:
        result = await measure(session, SCHEMA, quality)
    checks = {check.id: check for check in result.checks}
    counts = {name: (check.numerator, check.denominator) for name, check in checks.items() if check.score is not None}
    assert counts == {
        "completeness:id": (1000, 1000),
        "completeness:email": (990, 1000),
        "uniqueness:id": (998, 1000),
        "validity:id": (1000, 1000),
        "validity:email": (985, 990),
        "validity:status": (980, 1000),
        "validity:amount": (996, 1000),
        "validity:created_at": (1000, 1000),
        "few-nulls": (10.0, 1000),
        "rule-4": (1000.0, 1000),
        "rule-5": (2.0, 1000),
        "rule-6": (4.0, 1000),
    }
    assert checks["validity:code"].reason == "not computed: PATTERN"
    assert sorted(checks["validity:amount"].samples) == ["10", "20", "30", "40"]
    assert sorted(checks["uniqueness:id"].samples) == ["0", "0", "1", "1"]
    assert checks["few-nulls"].passed is False
    assert [checks[name].passed for name in ("rule-4", "rule-5", "rule-6")] == [True, True, True]
    assert checks["rule-7"].reason == "not computed: the SQL is not a single SELECT"
    assert checks["rule-8"].reason == "not computed: the SQL calls read_csv"
    assert result.newest == "2026-11-28T08:00:00.000000Z"
    scores = {one.dimension: one.score for one in result.dimensions}
    assert scores["completeness"] == 1990 / 2000
    assert scores["uniqueness"] == 0.998
    assert scores["validity"] == 4961 / 4990
    assert (scores["consistency"], scores["accuracy"]) == (None, None)
    assert scores["businessRules"] == 0.75
    assert result.rows == 1000
    computed = [score for score in scores.values() if score is not None]
    assert result.overall == pytest.approx(sum(computed) / len(computed))
    assert result.passed is False
