"""Policies written as CEL expressions that are true for a compliant product.

Evaluation always ends: iterations and depth are limited, and regular expressions run in linear time. An expression
that cannot be evaluated (a missing key, a field of null) is a finding.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
from cel_expr_python import cel

from resolvers.governance.engine.document import CONTRACT_KEYS, PRODUCT_KEYS, to_document
from resolvers.governance.engine.expression_fields import UnknownField, check_fields
from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import Finding, NoParameters, Reach, Rule
from resolvers.writes.judgement import Aspect

MAX_LENGTH = 4_000
# Verdicts that are kept, and the bytes of a document up to which one is: what an expression looks at is the same of
# many products, unless it is long, as it is with fields or neighbours.
KEPT = 20_000
MAX_KEPT = 500
VARIABLES: Final = ("product", "contract", "providers", "consumers")
# The words by which an expression can look at an aspect.
WORDS: Final = {
    Aspect.STATUS: ("status",),
    Aspect.OWNER: ("ownerTeam",),
    Aspect.CONTRACT: ("contract",),
    Aspect.PRODUCT: ("description", "type", "version", "tags", "metadata", "accessPoints", "successor", "sunset"),
    Aspect.EDGES: ("providers", "consumers"),
}
# What a key of the document is made of, beyond a product's card and the brief contract.
NEEDED: Final = {
    ("product", "description"): Need.DESCRIPTION,
    ("product", "tags"): Need.TAGS,
    ("product", "metadata"): Need.METADATA,
    ("product", "accessPoints"): Need.ACCESS_POINTS,
    ("product", "successor"): Need.SUCCESSOR_NAME,
    ("product", "sunset"): Need.SUNSET,
    **{("contract", key): Need.TERMS for key in ("format", "sla", "quality", "semanticModel")},
}


class WrongExpression(ValueError):
    """The expression cannot be a policy; the message says why."""


def expression_rule(text: str) -> Rule:
    """Raises `WrongExpression` for text that does not compile, uses unknown names or is not boolean."""
    _compiled(text)  # or it is not an expression
    needed = [variable for variable in VARIABLES if _says(text, variable)]
    fields = _looks_at_fields(text)
    only = {
        "product": named_keys(text, "product", PRODUCT_KEYS),
        "contract": named_keys(text, "contract", CONTRACT_KEYS),
    }
    short = not fields and not {"providers", "consumers"} & set(needed)

    def check(facts: Facts, _: NoParameters) -> Iterator[Finding]:
        document = to_document(facts, needed, fields, only)
        holds, why = _short_verdict(text, document) if short else _verdict(text, document)
        if not holds:
            message = f"The expression can't be evaluated: {why}." if why else "The expression does not hold."
            yield Finding(message, evidence={"expression": text})

    return Rule("expression", check, _reach(text), NoParameters, _needs(text, only))


def check_fields_of(text: str) -> None:
    """Raises `WrongExpression` for a field that no document has, at any depth. Asked of new policies alone: those that
    are there go on to judge."""
    try:
        check_fields(_compiled(text).serialize())
    except UnknownField as unknown:
        raise WrongExpression(str(unknown)) from None


def _verdict(text: str, document: dict[str, Any]) -> tuple[bool, str | None]:
    """Whether the expression holds, and otherwise why it could not be evaluated."""
    try:
        value = _compiled(text).eval(data=document)
    except RuntimeError as error:
        return False, _reason(str(error))
    kind = value.type()
    if kind == cel.Type.ERROR:
        return False, _reason(str(value.value()))
    if kind != cel.Type.BOOL:
        return False, f"it gives a {kind.name()}, not true or false"
    return value.value(), None


def _short_verdict(text: str, document: dict[str, Any]) -> tuple[bool, str | None]:
    written = orjson.dumps(document)
    return _cached_verdict(text, written) if len(written) <= MAX_KEPT else _verdict(text, document)


@lru_cache(maxsize=KEPT)
def _cached_verdict(text: str, document: bytes) -> tuple[bool, str | None]:
    """Cached verdict: an expression has no time or randomness, so equal documents have equal verdicts."""
    return _verdict(text, orjson.loads(document))


@lru_cache(maxsize=1)
def _environment() -> Any:
    return cel.NewEnv(
        variables={
            "product": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
            "contract": cel.Type.DYN,
            "providers": cel.Type.List(cel.Type.DYN),
            "consumers": cel.Type.List(cel.Type.DYN),
        }
    )


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise WrongExpression(f"An expression has at most {MAX_LENGTH:,} characters; this has {len(text):,}.")
    try:
        program = _environment().compile(text)
    except RuntimeError as error:
        raise WrongExpression(_reason(str(error))) from None
    if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise WrongExpression(
            f"An expression is true or false of a product; this one is a {program.return_type().name()}."
        )
    return program


def _reason(message: str) -> str:
    """`INVALID_ARGUMENT: ERROR: <input>:1:4: Syntax error: …` without what is not for the reader."""
    place = re.search(r"<input>:(-?\d+):(-?\d+): (.+)", message)
    if place is None:
        return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", message.strip().splitlines()[0])[:300]
    line, column, what = place.groups()
    return f"Line {line}, column {column}: {what[:300]}"


def _reach(text: str) -> dict[Aspect, frozenset[Reach]]:
    """Aspects that the expression depends on, from the names in it; all aspects if it uses a computed key or a whole
    product.
    """
    named = {aspect for aspect, words in WORDS.items() if any(_says(text, word) for word in words)}
    if re.search(r"\[\s*[^\s\]\d]", text) or re.search(r"\bproduct\b(?!\s*\.)", text) or not named:
        named |= {Aspect.STATUS, Aspect.OWNER, Aspect.CONTRACT, Aspect.PRODUCT}
    looks_up, looks_down = _says(text, "providers"), _says(text, "consumers")
    reach = {Reach.SELF, *([Reach.CONSUMERS] if looks_up else []), *([Reach.PROVIDERS] if looks_down else [])}
    edges = {*([Reach.SELF] if looks_up else []), *([Reach.PROVIDERS] if looks_down else [])}
    return {aspect: frozenset(edges if aspect is Aspect.EDGES else reach) for aspect in named}


def _needs(text: str, only: Mapping[str, Collection[str]]) -> frozenset[Need]:
    needs = {need for need, word in ((Need.PROVIDERS, "providers"), (Need.CONSUMERS, "consumers")) if _says(text, word)}
    if needs:
        needs.add(Need.WHOLE_NEIGHBOURS)
    if _looks_at_fields(text):
        needs |= {Need.FIELDS, *([Need.PROVIDER_FIELDS] if _says(text, "providers") else [])}
    needs |= {need for variable, keys in only.items() for key in keys if (need := NEEDED.get((variable, key)))}
    return frozenset(needs)


def named_keys(text: str, variable: str, keys: Collection[str]) -> Collection[str]:
    """The keys that an expression asks `variable` for by name; all, unless it does nothing else with it than that and
    look whether it is null."""
    bare = re.sub(rf"\b{variable}\s*[!=]=\s*null\b", " ", text)
    names = re.findall(rf"\b{variable}\b(?:\s*\.\s*(\w+))?", bare)
    return [key for key in keys if key in names] if set(names) <= set(keys) else keys


def _looks_at_fields(text: str) -> bool:
    """By name, or maybe by a computed key."""
    return _says(text, "fields") or re.search(r"\[\s*[^\s\]\d'\"]", text) is not None or "+" in text


def _says(text: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", text) is not None
