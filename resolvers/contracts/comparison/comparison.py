"""Compares two JSON Schemas for the readers of the data: each change with its rule, and a document that shows the
break."""

import json
from typing import Any, NamedTuple

import orjson

from resolvers.contracts.changes import Change, change
from resolvers.contracts.comparison.budget import Budget, Exhausted, TooLarge
from resolvers.contracts.comparison.canonical import Canonical
from resolvers.contracts.comparison.decide import Decider
from resolvers.contracts.comparison.explain import Explainer, Finding
from resolvers.contracts.comparison.expressions import Algebra, Shape
from resolvers.contracts.comparison.outline import Outline
from resolvers.contracts.comparison.paths import Path, path_steps, path_text
from resolvers.contracts.comparison.resolve import Document
from resolvers.contracts.comparison.values import freeze
from resolvers.contracts.comparison.witness import Proposals

# Changes with a document of their own; the search for one costs some milliseconds.
MAX_WITNESSES = 10
MAX_WITNESS_BYTES = 10_000
WITNESS_SHARE = 5_000
TOO_LARGE = "The schemas are too large to compare"


class Verdict(NamedTuple):
    """Whether every document of the new schema is one of the old: PROVEN, REFUTED by a document, or UNKNOWN."""

    name: str
    witness: Any = None


class Comparison:
    """One comparison of two schemas, within a budget. Not for use by several threads at once."""

    def __init__(self, old: Any, new: Any, nodes: int | None = None) -> None:
        self.budget = Budget() if nodes is None else Budget(nodes)
        self.schemas = old, new
        self.algebra = Algebra(self.budget)
        self.documents = Document(old), Document(new)
        self.old = Canonical(self.algebra, self.documents[0], "old").root()
        self.new = Canonical(self.algebra, self.documents[1], "new").root()
        self.decider = Decider(self.algebra)
        self._for_witnesses = 3 * WITNESS_SHARE

    def findings(self, stored_types: bool = False) -> list[Finding]:
        outlines = (Outline(document, self.budget) for document in self.documents)
        explainer = Explainer(self.algebra, self.decider, *outlines, stored_types=stored_types)
        return explainer.explain(self.old, self.new)

    def verdict(self) -> Verdict:
        if self.decider.proves(self.new, self.old):
            return Verdict("PROVEN")
        witness = self.witness()
        return Verdict("UNKNOWN") if witness is None else Verdict("REFUTED", witness[0])

    def _refused(self, new: Shape, old: Shape) -> Shape:
        return self.algebra.all_of([new, self.algebra.negate(old)])

    def witness(self, within: Path = (), required: Shape | None = None) -> tuple[Any] | None:
        """A document that the new schema allows and the old one does not, with a value of `required` at `within`."""
        proposals = Proposals(self.algebra)
        tried, start = 0, self.budget.spent
        try:
            with self.budget.question(min(WITNESS_SHARE, self._for_witnesses)):
                for value in proposals.of(required or self._refused(self.new, self.old)):
                    for document in proposals.containing(self.new, within, value):
                        tried += 1
                        if tried > 60:
                            return None
                        if self._breaks(document):
                            return (document,)
        except (Exhausted, RecursionError, OverflowError):
            return None
        finally:
            self._for_witnesses -= self.budget.spent - start
        return None

    def _breaks(self, document: Any) -> bool:
        """Decided here and not by a validator, whose time grows with every path to a shared definition."""
        if not _writable(document):
            return False
        self.algebra.assert_formats = True
        try:
            value = freeze(document)
            return self.algebra.fits(self.new, value) is True and self.algebra.fits(self.old, value) is False
        finally:
            self.algebra.assert_formats = False


def compare_schemas(old: Any, new: Any, stored_types: bool = False) -> list[Change]:
    """Every change from `old` to `new`. Too large a pair is one BREAKING change that says so.

    `stored_types`: the data format stores types, so that a narrower one breaks readers.
    """
    if _text(old) == _text(new):
        return []
    try:
        comparison = Comparison(old, new)
        findings = comparison.findings(stored_types)
        return _changes(comparison, findings)
    except (TooLarge, Exhausted, RecursionError):
        return [change("composition_changed", (), f"{TOO_LARGE}.", None, None)]


def _changes(comparison: Comparison, findings: list[Finding]) -> list[Change]:
    changes: list[Change] = []
    searched = 0
    general: tuple[Any] | None = None
    for finding in findings:
        witness: tuple[Any] | None = None
        if finding.breaking and searched < MAX_WITNESSES:
            searched += 1
            try:
                if finding.required is not None:
                    witness = comparison.witness(finding.within, finding.required)
                if witness is None:
                    if general is None:
                        general = comparison.witness()
                    witness = general
            except TooLarge:
                searched = MAX_WITNESSES
        text = path_text(finding.path)
        called = f"Field '{text}'" if text else "The record"
        changes.append(
            change(
                finding.rule,
                path_steps(finding.path),
                finding.message.replace("\0", called),
                finding.before,
                finding.after,
                field=text or None,
                witness=None if witness is None else witness[0],
            )
        )
    return changes


def _writable(document: Any) -> bool:
    """Integers beyond 64 bits and the like are no use to clients."""
    try:
        return len(orjson.dumps(document)) <= MAX_WITNESS_BYTES
    except (TypeError, orjson.JSONEncodeError):
        return False


def _text(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)
