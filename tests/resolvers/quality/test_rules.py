"""Rules that their authors wrote in SQL and CEL: what is admitted, and what it counts."""

from pathlib import Path
from typing import Any

import pytest

from resolvers.contracts.quality_rules import rule_problem
from resolvers.contracts.row_expression import expression_problem
from resolvers.contracts.sql_admission import condition_problem, query_problem
from resolvers.quality.reader import Output
from resolvers.quality.run import measure
from tests.graph_api.data.test_reader import reader

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")

REFUSED = {
    "delete from {object}": "the SQL is not a single SELECT",
    "select 1; select 2": "the SQL is not a single SELECT",
    "copy (select 1) to 'x'": "the SQL is not a single SELECT",
    "select count(*) from": "the SQL cannot be parsed",
    "select count(*) from read_csv('/etc/passwd')": None,
    "select count(*) from '/data/other.parquet'": None,
    "select count(*) from source_0.public.secrets": None,
    "select count(*) from {object} d, other o": None,
    "select current_setting('allowed_directories')": "the SQL calls current_setting",
    "select count(*) from postgres_query('source_0', 'select 1')": None,
}
ADMITTED = (
    "select count(*) from {object} where {property} < 0",
    "with d as (select {property} as x from {object}) select count(*) from d where x is null",
    "select count(*) from (select {property} from {object} group by 1 having count(*) > 1) t",
    "select max(a) from (select a from {object} union all select a from {object}) u",
)


@pytest.mark.parametrize("text", REFUSED)
def test_a_query_is_one_select_of_the_object(text: str) -> None:
    problem = query_problem(text)
    assert problem is not None
    assert REFUSED[text] in (None, problem)


@pytest.mark.parametrize("text", ADMITTED)
def test_queries_of_the_object_are_admitted(text: str) -> None:
    assert query_problem(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a > 0 and b like 'x%'", None),
        ("a in (select x from data)", "a condition has no queries in it"),
        ("a > ", "the SQL cannot be parsed"),
        ("true) from data; drop table data; select (1", "the SQL is not a single SELECT"),
        ("getenv('HOME') = 'x'", "the SQL calls getenv"),
    ],
)
def test_a_condition_is_of_one_row(text: str, problem: str | None) -> None:
    assert condition_problem(text) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("row.a != '' && row.b >= 0.0", None),
        ("has(row.a) ? size(row.a) > 2 : true", None),
        ("row['a'].startsWith('x') || !(row.b in [1, 2])", None),
        ("row.a", None),
        ("row.a +", "the expression cannot be compiled"),
        ("other.a == 1", "the expression cannot be compiled"),
        ("size('x')", "the expression is not true or false of a row"),
        ("row.tags.exists(t, t == 'x')", "all, exists, map and filter cannot be translated to SQL"),
        ("row == row", "the row as a whole cannot be used; name a column, e.g. row.customer_id"),
        ("row.a.b == 1", "what lies inside of a column cannot be translated to SQL"),
    ],
)
def test_an_expression_is_true_or_false_of_a_row(text: str, problem: str | None) -> None:
    found = expression_problem(text)
    assert found is None if problem is None else found is not None and found.startswith(problem)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"metric": "sql", "query": "drop table x", "mustBe": 0}, "the SQL is not a single SELECT"),
        ({"metric": "failedRows", "mustBe": 0}, "a rule of rows has either condition (SQL) or expression (CEL)"),
        ({"metric": "failedRows", "condition": "a > 0", "mustBe": 0}, None),
        (
            {"metric": "danglingReferences", "property": "a", "mustBe": 0},
            "a rule with the metric danglingReferences has",
        ),
        (
            {"metric": "differingValues", "property": "a", "reference": {"product": "urn:mesh:a:b"}, "mustBe": 0},
            "a rule with the metric differingValues has a reference with a key",
        ),
        ({"metric": "rowCount", "mustBe": 1, "mustNotBe": 2}, "a rule has exactly one operator"),
        ({"metric": "median", "mustBe": 1}, "a rule's metric is one of"),
    ],
)
def test_a_rule_that_is_wrong_says_why(rule: dict[str, Any], problem: str | None) -> None:
    found = rule_problem(rule)
    assert found is None if problem is None else found is not None and found.startswith(problem)


COLUMNS = "select i as n, case when i % 10 = 0 then null else 'v' || i end as t, i % 4 as k, " \
    "timestamp '2026-01-01' + i * interval '1 hour' as at, i % 2 = 0 as even from range(100) r(i)"  # fmt: skip


@pytest.mark.parametrize(
    ("cel", "good"),
    [
        ("row.n >= 50", 50),
        ("row.t == null", 10),
        ("has(row.t)", 90),
        ("row.t != 'v1'", 89),  # NULL is neither equal nor unequal
        ("row.t == null || row.t.startsWith('v1')", 10 + 10),
        ("row.k in [0, 1]", 50),
        ("row.k % 2 == 0 && row.even", 50),
        ("size(row.t) == 2", 9),
        ("row.n - 1 == 2 * 3", 1),
        ("row.even ? row.n < 10 : row.n > 90", 5 + 5),
        ("row.at < timestamp('2026-01-02T00:00:00Z')", 24),
        ("row.at.matches('^2026-01-0[12]T')", 48),
        ("row.n == 'x'", None),
    ],
)
async def test_cel_counts_what_it_says(tmp_path: Path, cel: str, good: int | None) -> None:
    root = tmp_path / "root"
    root.mkdir()
    duckdb.sql(COLUMNS).write_parquet(str(root / "rows.parquet"))
    async with reader(root).open([Output("file:///data/rows.parquet")]) as session:
        result = await measure(session, {"type": "object"}, [], business_rules=[{"id": "r", "cel": cel}])
    (check,) = result.checks
    if good is None:
        assert check.reason == "not computed: number and string cannot be compared"
    else:
        assert (check.numerator, check.denominator) == (good, 100)


async def test_data_that_does_not_fit_a_rule_costs_that_rule_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "rows.csv").write_text("id,amount\n1,10\n2,ten\n")
    rules = [{"id": "bad", "sql": "cast(amount as integer) > 5"}, {"id": "good", "sql": "id > 0"}]
    rules += [{"id": "none", "sql": "nothing > 5"}]
    async with reader(root).open([Output("file:///data/rows.csv")]) as session:
        result = await measure(session, {"type": "object", "required": ["id"]}, [], business_rules=rules)
    checks = {check.id: check for check in result.checks}
    assert checks["bad"].reason == "not computed: the data does not fit the expression"
    assert (checks["good"].numerator, checks["good"].passed) == (2, True)
    assert checks["none"].reason == "not computed: The expression does not fit the data (BinderException)."
    assert checks["completeness:id"].score == 1.0
