"""Policies written as a graph pattern: read-only Cypher that returns the violating products.

    MATCH (p:DataProduct)-[:DEPENDS_ON]->(q:DataProduct) WHERE p.domain <> q.domain AND q.status = 'TESTING'
      AND ($products IS NULL OR p.id IN $products)
    RETURN p.id AS productId, 'depends on a test of another domain' AS message, [q.id] AS path

This is the one place where text of a user becomes Cypher: a whole query, stored by role governance.
Before it is stored the database itself explains it: it must be a read, of none but the mesh's own data (no procedures,
no LOAD CSV, no functions of extensions, no other database), and of no nodes but those of the mesh. It runs under a time
budget, as a subquery of ours.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, LiteralString, cast

import orjson

from resolvers.governance.engine.binding import Bound
from resolvers.governance.engine.facts_builder import Offences
from resolvers.governance.engine.facts_cypher import Run
from resolvers.governance.engine.pattern_reads import WrongPattern, check_reads
from resolvers.governance.rules.rule import PATTERN, Finding
from resolvers.graph.store import Explained, NotUnderstood, Store
from resolvers.model.errors import StoreError

SECONDS = 5.0
MAX_OFFENDERS = 10_000
MAX_PATH = 100
COLUMNS: Final = ("productId", "message", "path")
# Operators that reach beyond the graph, or commit by themselves.
FORBIDDEN: Final = ("ProcedureCall", "LoadCSV", "Transaction", "Show", "Terminate", "RunQuery", "RemoteBatch")
# Namespaces of Cypher's own functions; any other is of an extension, which may do anything.
NAMESPACES: Final = frozenset({"date", "datetime", "localdatetime", "localtime", "time", "duration", "point", "vector"})
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\.\s*(?:\w+\s*\.\s*)*\w+\s*\(")
# Whitespace, dashes and arrows of other scripts, which Cypher takes and the rules here would not see.
_ODD = re.compile(r"[^\w\x21-\x7e \t\r\n]")
_DYNAMIC = re.compile(r"\$(?!\s*\w)")
_USE = re.compile(r"\bUSE\b", re.IGNORECASE)
_ASIDE = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|//[^\r\n]*|/\*.*?\*/"
# Where it is a condition of its own: in `x + $products IS NULL` it would be the end of another.
_WHETHER_GIVEN = re.compile(
    rf"(?P<aside>{_ASIDE})|(?P<before>\(\s*|\b(?:WHERE|AND|OR|XOR|NOT|WHEN)\s+)\$\s*products\s+IS\s+(?P<no>NOT\s+)?NULL\b",
    re.DOTALL | re.IGNORECASE,
)


async def prove(store: Store, text: str) -> tuple[str, ...]:
    """The columns of `text`. Raises `WrongPattern` unless the database says that it, alone and as we run it, only reads
    the graph."""
    _check_text(text)
    alone = await _explained(store, text)
    _check_columns(alone)
    as_run = [wrapped(text, alone.columns), wrapped(of_selected_products(text), alone.columns)]
    for explained in (alone, *[await _explained(store, query) for query in as_run]):
        if explained.query_type != "r":
            raise WrongPattern("A graph pattern only reads; this one would write.")
        beyond = sorted(one for one in explained.operators if one.startswith(FORBIDDEN))
        if beyond:
            raise WrongPattern(f"A graph pattern looks at the graph alone; this one needs {', '.join(beyond)}.")
        check_reads(explained.reads)
    await _try(store, wrapped(text, alone.columns))
    return alone.columns


def _check_text(text: str) -> None:
    if re.search(r"\\u", text, re.IGNORECASE):
        raise WrongPattern("A graph pattern is written without \\u escapes.")
    bare = re.sub(_ASIDE, " ", text, flags=re.DOTALL)
    if odd := _ODD.search(bare):
        raise WrongPattern(f"A graph pattern is written without the character U+{ord(odd[0]):04X} outside of texts.")
    if _DYNAMIC.search(bare):
        raise WrongPattern("A graph pattern names its labels, types and parameters; `$(` computes one.")
    if _USE.search(bare):
        raise WrongPattern("A graph pattern stays in the mesh's database; leave USE out.")
    foreign = {match[1] for match in _CALLED.finditer(bare) if match[1].lower() not in NAMESPACES}
    unknown = set(re.findall(r"\$\s*(\w+)", bare)) - {"products"}
    if unknown:
        raise WrongPattern(f"A graph pattern knows the parameter $products alone, not ${', $'.join(sorted(unknown))}.")
    if foreign or "`" in bare:
        named = ", ".join(sorted(foreign)) or "names in backticks"
        raise WrongPattern(f"A graph pattern uses Cypher's own functions and plain names alone, not {named}.")


async def _explained(store: Store, query: str) -> Explained:
    try:
        return await store.explain(cast(LiteralString, query), products=None)
    except NotUnderstood as error:
        raise WrongPattern(str(error)) from None


async def _try(store: Store, query: str) -> None:
    """Runs the query once over the whole mesh, as a read. A query that fails or is too slow now would be so in every
    write.
    """
    try:
        await store.read_within(SECONDS, cast(LiteralString, query), products=None)
    except NotUnderstood as error:
        raise WrongPattern(str(error)) from None
    except StoreError as error:
        if error.code != "TIMEOUT":
            raise
        raise WrongPattern(f"This takes more than {SECONDS:g} s over the mesh: make it look at less.") from None


def _check_columns(explained: Explained) -> None:
    if "productId" not in explained.columns or not set(explained.columns) <= set(COLUMNS):
        names = ", ".join(explained.columns) or "nothing"
        raise WrongPattern(f"A graph pattern returns productId, and may return message and path; this returns {names}.")


def wrapped(text: str, columns: Sequence[str]) -> str:
    values = ", ".join(name if name in columns else "null" for name in COLUMNS)
    return (
        f"CALL () {{\n{text.strip().removesuffix(';')}\n}}\nWITH {', '.join(columns)} LIMIT {MAX_OFFENDERS}\n"
        f"RETURN collect([{values}])"
    )


def of_selected_products(text: str) -> str:
    """The same for a `$products` that is not null. The planner goes by the ids only when nothing lets it look at all
    products as well, and a write must not take longer in a larger mesh."""

    def known(match: re.Match[str]) -> str:
        return match["aside"] or match["before"] + ("true" if match["no"] else "false")

    return _WHETHER_GIVEN.sub(known, text)


async def offences_of(run: Run, policies: Iterable[Bound], products: Sequence[str] | None) -> Offences:
    """Violating products by policy. `products` limits them, None for all. Raises `StoreError`."""
    return {bound.policy.id: await _run(run, bound, products) for bound in policies if bound.rule is PATTERN}


def involved(by_product: Mapping[str, tuple[Finding, ...]], products: Collection[str]) -> frozenset[str]:
    """The offenders that `products` have part in: they are among them, or on the way."""
    return frozenset(
        offender
        for offender, findings in by_product.items()
        if any({offender, *finding.path}.intersection(products) for finding in findings)
    )


async def _run(run: Run, bound: Bound, products: Sequence[str] | None) -> Mapping[str, tuple[Finding, ...]]:
    columns = orjson.loads(bound.policy.parameters_json)["columns"]
    text = bound.policy.rule_text or ""
    query = cast(LiteralString, wrapped(text if products is None else of_selected_products(text), columns))
    name = bound.policy.name
    try:
        async with asyncio.timeout(SECONDS):
            rows = await run(query, products=products and list(products))
    except TimeoutError:
        message = f"Policy '{name}' did not find its offenders within {SECONDS:g} s, so nothing is decided; retire it."
        raise StoreError(message, "POLICY_FAILED") from None
    except NotUnderstood as error:
        message = f"Policy '{name}' failed, so nothing is decided; retire it or define it anew. {error}"
        raise StoreError(message, "POLICY_FAILED") from error
    by_product: dict[str, list[Finding]] = {}
    for product, message, path in rows:
        if isinstance(product, str):
            by_product.setdefault(product, []).append(Finding(_message(message), _path(product, path)))
    return {product: tuple(findings) for product, findings in by_product.items()}


def _message(value: Any) -> str:
    return value[:500] if isinstance(value, str) and value else "The graph pattern finds the product."


def _path(product: str, value: Any) -> tuple[str, ...]:
    ids = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(one for one in ids[:MAX_PATH] if isinstance(one, str) and one != product))
