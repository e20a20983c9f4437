"""Compiles the quality rules of a contract and the business rules of a domain to SQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.contracts.quality_rules import OPERATORS
from resolvers.contracts.row_expression import Operand, WrongRowExpression, columns_of, row_sql
from resolvers.contracts.sql_admission import FORBIDDEN, TABLES
from resolvers.quality.checks import DIMENSIONS, RULES, dimension_of, repeated
from resolvers.quality.column_types import family
from resolvers.quality.json_schema_sql import NotComputable, name_of, predicate, text_of
from resolvers.quality.reader import Column, NotExpressible, Session

NO_COLUMN = "the output has no such column"
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})


class Rule(NamedTuple):
    """`value`, an aggregate over `data`, or `query`, a whole query, measures what `operator` compares with `bounds`.
    `total` is of how many, where not of all rows; a query may give it as its second column. `bad` is true for rows that
    fail, `grouped` where it looks at other rows, or `sample` finds their keys. `graded`: what was measured are
    failures, so that there is a share without.
    `condition` and `own` are SQL of the rule's author, still to be admitted."""

    id: str
    dimension: str
    field: str | None
    origin: str
    operator: str = "mustBe"
    bounds: tuple[float, ...] = (0.0,)
    percent: bool = False
    value: str | None = None
    query: str | None = None
    total: str | None = None
    bad: str | None = None
    sample: str | None = None
    graded: bool = False
    grouped: bool = False
    own: str | None = None
    reason: str | None = None

    def without(self, reason: str) -> "Rule":
        return self._replace(value=None, query=None, total=None, bad=None, sample=None, reason=reason)


class References(NamedTuple):
    """Which further output of the session a rule's reference is, or why it is none, by `reference_key`."""

    found: Mapping[str, int | str] = {}

    def view(self, session: Session, reference: Mapping[str, Any]) -> tuple[str, Mapping[str, str]] | str:
        """The view with the types of its columns, or the reason why there is none."""
        at = self.found.get(reference_key(reference), "the reference was not opened")
        if isinstance(at, str):
            return at
        if problem := session.problems[at]:
            return problem
        return f"reference_{at - 1}", {column.name: column.type for column in session.columns[at]}


def reference_key(reference: Mapping[str, Any]) -> str:
    return f"{reference['product']}|{reference.get('accessPoint') or ''}"


def references_in(quality: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The references of a contract's rules, each output once."""
    references = [
        entry["rule"]["reference"] for entry in quality if entry.get("rule") and entry["rule"].get("reference")
    ]
    return list({reference_key(one): one for one in references}.values())


def contract_rules(
    session: Session, schema: Mapping[str, Any], quality: Sequence[Mapping[str, Any]], references: References
) -> list[Rule]:
    types = {column.name: column.type for column in session.columns[0]}
    return [
        contract_rule(session, entry, at, types, schema, references)
        for at, entry in enumerate(quality)
        if entry.get("rule")
    ]


def contract_rule(
    session: Session,
    entry: Mapping[str, Any],
    at: int,
    types: Mapping[str, str],
    schema: Mapping[str, Any],
    references: References,
) -> Rule:
    rule = entry["rule"]
    operator = next((key for key in OPERATORS if rule.get(key) is not None), "mustBe")
    operand = rule.get(operator, 0)
    bounds = tuple(float(value) for value in (operand if isinstance(operand, list) else [operand]))
    dimension = dimension_of(entry)
    base = Rule(
        rule.get("id") or f"rule-{at + 1}",
        dimension if dimension in DIMENSIONS else RULES,
        rule.get("property"),
        "contract",
        operator,
        bounds,
        rule.get("unit") == "percent",
    )
    metric = rule["metric"]
    if metric == "rowCount":
        return base._replace(value="count(*)")
    if metric == "sql":
        column = name_of(base.field) if base.field else ""
        text = str(rule.get("query", "")).replace("{object}", "data").replace("{property}", column).strip().rstrip(";")
        return base._replace(query=text, own=text)
    if metric == "failedRows":
        return row_rule(base, rule.get("condition"), rule.get("expression"), types)
    if base.field is None or base.field not in types:
        return base.without(NO_COLUMN)
    if metric in ("danglingReferences", "differingValues"):
        return reference_rule(session, base, rule, types, references)
    return column_rule(base, metric, rule, types, schema)


def column_rule(
    base: Rule, metric: str, rule: Mapping[str, Any], types: Mapping[str, str], schema: Mapping[str, Any]
) -> Rule:
    name = str(base.field)
    column = name_of(name)
    base = base._replace(graded=True)
    if metric == "duplicateValues":
        value = f"count({column}) - count(distinct {column})"
        return base._replace(value=value, total=f"count({column})", bad=repeated(column), grouped=True)
    bad = f"{column} is null"
    if metric == "missingValues":
        bad = f"({column} is null or trim({column}::varchar) = '')"
    elif metric == "invalidValues":
        try:
            part = {**((schema.get("properties") or {}).get(name) or {}), **(rule.get("schema") or {})}
            bad = f"({column} is not null and not ({predicate(column, types[name], part, schema)}))"
        except NotComputable as error:
            return base.without(f"not computed: {error}")
    return base._replace(value=f"count(*) filter ({bad})", bad=bad)


def domain_rules(rules: Sequence[Mapping[str, Any]], product: str, columns: Sequence[Column]) -> list[Rule]:
    """The business rules of the domain that concern the product of that name."""
    types = {column.name: column.type for column in columns}
    mine = [rule for rule in rules if not rule.get("products") or product in rule["products"]]
    return [row_rule(Rule(rule["id"], RULES, None, "domain"), rule.get("sql"), rule.get("cel"), types) for rule in mine]


def row_rule(base: Rule, sql: str | None, cel: str | None, types: Mapping[str, str]) -> Rule:
    """A row keeps the rule when the condition is true; unknown (NULL) is not true."""
    own = None
    if cel is not None:
        try:
            absent = [name for name in columns_of(cel) if name not in types]
            if absent:
                return base.without(f"not computed: the output has no column '{absent[0][:100]}'")
            condition = row_sql(cel, lambda name: operand(name, types))
        except WrongRowExpression as error:
            return base.without(f"not computed: {error}")
    else:
        condition = str(sql)
        own = f"select count(*) filter ({condition}) from data"
    bad = f"(({condition}) is not true)"
    return base._replace(value=f"count(*) filter ({bad})", bad=bad, graded=True, own=own)


def operand(name: str, types: Mapping[str, str]) -> Operand:
    kind = family(types[name])
    sql = name_of(name)
    if kind == "string" and types[name] != "VARCHAR":
        sql = f"{sql}::varchar"
    return Operand(sql, "any" if kind == "nested" else kind)


def reference_rule(
    session: Session, base: Rule, rule: Mapping[str, Any], types: Mapping[str, str], references: References
) -> Rule:
    reference = rule["reference"]
    referenced = references.view(session, reference)
    if isinstance(referenced, str):
        return base.without(f"not computed: {referenced}")
    view, other_types = referenced
    other = reference.get("property") or str(base.field)
    if other not in other_types:
        return base.without(f"not computed: the reference has no column '{other[:100]}'")
    if rule["metric"] == "danglingReferences":
        return dangling(base, view, other, types, other_types)
    return differing(base, rule, view, other, types, other_types)


def dangling(base: Rule, view: str, other: str, types: Mapping[str, str], other_types: Mapping[str, str]) -> Rule:
    name = str(base.field)
    mine, theirs = comparable(f"d.{name_of(name)}", types[name], f"r.{name_of(other)}", other_types[other])
    tail = f"from data d where {mine} is not null and not exists (select 1 from {view} r where {theirs} = {mine})"
    total = f"(select count({name_of(name)}) from data)"
    return base._replace(query=f"select count(*), {total} {tail}", sample=f"select {{key}} {tail}", graded=True)


def differing(
    base: Rule, rule: Mapping[str, Any], view: str, other: str, types: Mapping[str, str], other_types: Mapping[str, str]
) -> Rule:
    name, key = str(base.field), rule["reference"]["key"]
    theirs = rule["reference"].get("referenceKey") or key
    if key not in types or theirs not in other_types:
        return base.without("not computed: the key is not a column of both outputs")
    left, right = comparable(f"d.{name_of(key)}", types[key], "r.k", other_types[theirs])
    mine, value = comparable(f"d.{name_of(name)}", types[name], "r.v", other_types[other])
    same = f"({mine} is not distinct from {value})"
    if rule.get("tolerance") is not None and family(types[name]) == family(other_types[other]) == "number":
        same = f"({same} or abs(d.{name_of(name)} - r.v) <= {float(rule['tolerance'])!r})"
    grouped = f"select {name_of(theirs)} as k, any_value({name_of(other)}) as v from {view} group by 1"
    pairs = f"from data d join ({grouped}) r on {left} = {right}"
    return base._replace(
        query=f"select count(*) filter (not {same}), count(*) {pairs}",
        sample=f"select {{key}} {pairs} where not {same}",
        graded=True,
    )


def comparable(left: str, left_type: str, right: str, right_type: str) -> tuple[str, str]:
    """Both sides, as text where their types have no common ground."""
    if left_type == right_type or (family(left_type) == family(right_type) == "number"):
        return left, right
    return f"{left}::varchar", f"{right}::varchar"


def holds(rule: Rule, value: float, total: int) -> bool:
    compared = (100 * value / total if total else 0.0) if rule.percent else value
    low, high = rule.bounds[0], rule.bounds[-1]
    return {
        "mustBe": compared == low,
        "mustNotBe": compared != low,
        "mustBeGreaterThan": compared > low,
        "mustBeGreaterOrEqualTo": compared >= low,
        "mustBeLessThan": compared < low,
        "mustBeLessOrEqualTo": compared <= low,
        "mustBeBetween": low <= compared <= high,
        "mustNotBeBetween": not low <= compared <= high,
    }[rule.operator]


# -- what the author of a rule wrote --------------------------------------------------------------------------------


async def admitted(session: Session, rule: Rule) -> Rule:
    """The rule, or with a reason where its own SQL is more than one SELECT of `data`. The reader's parser decides."""
    if rule.own is None:
        return rule
    try:
        ((text,),) = await session.rows(f"select json_serialize_sql({text_of(rule.own)})::varchar", 1)
    except NotExpressible:
        return rule.without("not computed: the SQL is not a single SELECT")
    problem = problem_of(json.loads(text))
    if problem is None and rule.value is not None and len(list(selects(json.loads(text)))) > 1:
        problem = "a condition has no queries in it"
    return rule if problem is None else rule.without(f"not computed: {problem}")


def problem_of(tree: Any) -> str | None:
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        return "the SQL is not a single SELECT"
    nodes = list(walk(tree))
    allowed = TABLES | {entry["key"].lower() for node in nodes for entry in cte_entries(node)}
    for node in nodes:
        if node.get("type") == "BASE_TABLE":
            whole = not node.get("schema_name") and not node.get("catalog_name")
            if not whole or str(node.get("table_name", "")).lower() not in allowed:
                return "the SQL reads from another table"
        if node.get("type") == "TABLE_FUNCTION":
            name = str((node.get("function") or {}).get("function_name", "")).lower()
            if name not in TABLE_FUNCTIONS:
                return f"the SQL calls {name[:60]}"
        name = str(node.get("function_name", "")).lower()
        if any(part in name for part in FORBIDDEN):
            return f"the SQL calls {name[:60]}"
    return None


def walk(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, Mapping):
        yield tree
        for part in tree.values():
            yield from walk(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from walk(part)


def cte_entries(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = (node.get("cte_map") or {}).get("map") if isinstance(node.get("cte_map"), Mapping) else None
    return [entry for entry in entries or () if isinstance(entry, Mapping) and isinstance(entry.get("key"), str)]


def selects(tree: Any) -> Iterator[Mapping[str, Any]]:
    return (node for node in walk(tree) if node.get("type") == "SELECT_NODE")
