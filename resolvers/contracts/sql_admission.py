"""SQL that a quality rule may contain: one SELECT over the checked rows, or one condition on a row.

It is admitted by parsing when the rule is written, and again by the reader's own parser before it runs.
"""

from collections.abc import Iterator
from typing import Any

MAX_LENGTH = 4_000
# Names of what a query may read from.
TABLES = frozenset({"data"})
# Parts of names of functions that read elsewhere, or tell of the process that reads.
FORBIDDEN = (
    *("postgres_", "read_", "scan", "glob", "getenv", "pragma", "duckdb_", "query", "setting", "sniff_", "getvariable"),
    *("secret", "http_", "write_", "load_", "install", "error", "sleep", "nextval", "currval", "logging", "file_"),
)


def query_problem(text: str) -> str | None:
    """What keeps `text`, with {object} and {property} in it, from being a rule's query; None when nothing does."""
    filled = text.replace("{object}", "data").replace("{property}", '"p"')
    tree = parsed(filled)
    if isinstance(tree, str):
        return tree
    return tree_problem(tree)


def condition_problem(text: str) -> str | None:
    """What keeps `text` from being a condition of one row; None when nothing does."""
    tree = parsed(f"select count(*) filter ({text}) from data")
    if isinstance(tree, str):
        return tree
    return tree_problem(tree, subqueries=False)


def parsed(text: str) -> Any:
    """The syntax tree, or the reason why the text is not allowed."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(text) > MAX_LENGTH:
        return f"the SQL has at most {MAX_LENGTH:,} characters"
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except SqlglotError:
        return "the SQL cannot be parsed"
    except RecursionError:
        return "the SQL is nested too deeply"
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return "the SQL is not a single SELECT"
    return trees[0]


def tree_problem(tree: Any, subqueries: bool = True) -> str | None:
    from sqlglot import exp

    if (
        next(
            tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Command, exp.Into),
            None,
        )
        is not None
    ):
        return "the SQL is not a single SELECT"
    if not subqueries and len(list(tree.find_all(exp.Select))) > 1:
        return "a condition has no queries in it"
    named = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name = table.name.lower() if isinstance(table.this, exp.Identifier) else ""
        if table.args.get("db") or table.args.get("catalog") or name not in TABLES | named:
            return f"the SQL reads from {table.sql(dialect='duckdb')[:60]}; only {{object}} can be read"
    for name in function_names(tree):
        if any(part in name for part in FORBIDDEN):
            return f"the SQL calls {name[:60]}"
    return None


def function_names(tree: Any) -> Iterator[str]:
    from sqlglot import exp

    for function in tree.find_all(exp.Func):
        yield (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
