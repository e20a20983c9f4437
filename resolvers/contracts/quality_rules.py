"""Quality rules of contracts and business rules of domains."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from resolvers.contracts.row_expression import expression_problem
from resolvers.contracts.sql_admission import condition_problem, query_problem
from resolvers.model.canonical_json import canonical
from resolvers.model.naming import camel

METRICS = (
    *("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount", "sql"),
    *("failedRows", "danglingReferences", "differingValues"),
)
OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan"),
    *("mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
KEYS = frozenset(
    {
        *("id", "metric", "property", "unit", "query", "schema", "description"),
        *("condition", "expression", "reference", "tolerance", *OPERATORS),
    }
)
REFERENCE_KEYS = frozenset({"product", "accessPoint", "property", "key", "referenceKey"})
MAX_RULES = 200


def rule_problem(rule: Mapping[str, Any]) -> str | None:
    """What is wrong with a rule of a contract; None when nothing is."""
    metric = rule.get("metric")
    if not isinstance(metric, str) or metric not in METRICS:
        return f"a rule's metric is one of {', '.join(METRICS)}"
    if unknown := sorted(map(str, rule.keys() - KEYS)):
        return f"a rule has no '{unknown[0][:50]}'"
    if rule.get("id") is not None and (not isinstance(rule["id"], str) or not 0 < len(rule["id"]) <= 128):
        return "a rule's id has 1 to 128 characters"
    problem = bound_problem(rule)
    if problem is None and rule.get("unit") not in (None, "rows", "percent"):
        problem = "a rule's unit is rows or percent"
    return problem or metric_problem(metric, rule)


def bound_problem(rule: Mapping[str, Any]) -> str | None:
    stated = [name for name in OPERATORS if rule.get(name) is not None]
    if len(stated) != 1:
        return f"a rule has exactly one operator of {', '.join(OPERATORS)}"
    value = rule[stated[0]]
    numbers = value if isinstance(value, list) else [value]
    between = stated[0].endswith("Between")
    if len(numbers) != (2 if between else 1) or any(
        isinstance(one, bool) or not isinstance(one, int | float) for one in numbers
    ):
        return f"{stated[0]} takes {'two numbers' if between else 'a number'}"
    return None


def metric_problem(metric: str, rule: Mapping[str, Any]) -> str | None:
    if metric == "sql":
        query = rule.get("query")
        return query_problem(query) if isinstance(query, str) else "a rule with the metric sql has a query"
    if metric == "failedRows":
        return row_rule_problem(rule.get("condition"), rule.get("expression"), "condition (SQL)", "expression (CEL)")
    if metric == "rowCount":
        return None
    if not isinstance(rule.get("property"), str):
        return f"a rule with the metric {metric} names a property"
    if metric in ("danglingReferences", "differingValues"):
        return reference_problem(metric, rule)
    return None


def reference_problem(metric: str, rule: Mapping[str, Any]) -> str | None:
    reference = rule.get("reference")
    if not isinstance(reference, Mapping) or not isinstance(reference.get("product"), str):
        return f"a rule with the metric {metric} has a reference with the urn of a product"
    if unknown := sorted(map(str, reference.keys() - REFERENCE_KEYS)):
        return f"a reference has no '{unknown[0][:50]}'"
    if any(not isinstance(value, str) for value in reference.values()):
        return "the values of a reference are texts"
    if metric == "differingValues" and "key" not in reference:
        return "a rule with the metric differingValues has a reference with a key, the column that rows are paired by"
    tolerance = rule.get("tolerance")
    if tolerance is not None and (isinstance(tolerance, bool) or not isinstance(tolerance, int | float)):
        return "a rule's tolerance is a number"
    return None


def row_rule_problem(sql: Any, cel: Any, sql_name: str = "sql", cel_name: str = "cel") -> str | None:
    """A rule of rows has either a condition in SQL or an expression in CEL."""
    if (sql is None) == (cel is None) or not isinstance(sql if cel is None else cel, str):
        return f"a rule of rows has either {sql_name} or {cel_name}"
    return condition_problem(sql) if cel is None else expression_problem(cel)


def rule_key(dimension: str, rule: Mapping[str, Any] | None) -> str:
    """Names a quality entry in its contract: a dimension has one threshold and any number of rules."""
    if rule is None:
        return dimension
    return f"{dimension}/{rule.get('id') or canonical({k: v for k, v in rule.items() if k != 'description'})}"


def twice(names: Iterable[str]) -> list[str]:
    """Those that occur more than once."""
    listed = list(names)
    return list(dict.fromkeys(name for name in listed if listed.count(name) > 1))


class BusinessRule(BaseModel):
    """A rule that the rows of a domain's products keep: `sql` is a condition, `cel` an expression over `row`.

    It concerns the products named, or all that have the columns it names.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=camel, populate_by_name=True, allow_inf_nan=False
    )

    id: Annotated[str, Field(min_length=1, max_length=128)]
    description: Annotated[str, Field(max_length=1_000)] | None = None
    sql: str | None = None
    cel: str | None = None
    products: Annotated[tuple[str, ...], Field(max_length=1_000)] = ()

    @model_validator(mode="after")
    def _admitted(self) -> "BusinessRule":
        if problem := row_rule_problem(self.sql, self.cel):
            raise ValueError(problem)
        return self
