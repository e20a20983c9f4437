"""The canonical form of a schema: for each JSON type an expression over the constraints that concern it.

A `Shape` has one expression for each of null, boolean, number, string, array and object; an integer is a number that is
a multiple of 1. Expressions are interned: the same constraints, in whatever order they were written, are the same
object. Negation is pushed inwards, since each constraint has an exact opposite.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import lcm
from typing import Any

from resolvers.contracts.comparison.budget import Budget
from resolvers.contracts.comparison.values import TYPES, formatted, matches, type_of

# Patterns that match every text.
TRIVIAL = frozenset({"", "^", "$", ".*", "[\\s\\S]*", "^[\\s\\S]*$"})


class Term:
    """An interned expression. `kind` is "true", "false", "and", "or" or that of a constraint; see `Algebra`."""

    __slots__ = ("args", "id", "kind")

    def __init__(self, id: int, kind: str, args: Any) -> None:
        self.id, self.kind, self.args = id, kind, args

    def __repr__(self) -> str:
        if self.kind in ("and", "or"):
            return f"({f' {self.kind} '.join(sorted(map(repr, self.args)))})"
        return self.kind if self.args is None else f"{self.kind}{self.args!r}"


class Shape:
    """An interned schema: one expression for each type, in the order of `TYPES`."""

    __slots__ = ("id", "terms")

    def __init__(self, id: int, terms: tuple[Term, ...]) -> None:
        self.id, self.terms = id, terms

    def __getitem__(self, type_name: str) -> Term:
        return self.terms[TYPES.index(type_name)]

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{t}: {x!r}" for t, x in zip(TYPES, self.terms, strict=True) if x.kind != "false") + "}"


class Algebra:
    """Makes and combines terms and shapes.

    Kinds of constraints, each with its arguments:

    - any type: `in` and `notin` (values), `ref` and `notref` (a recursive schema and a type), `opaque` and `notopaque`
      (something that is only ever compared as a whole), `format` and `notformat`
    - numbers: `ge` and `le` (value, exclusive), `mult`, `notmult`
    - strings: `minlen`, `maxlen`, `pattern`, `notpattern`
    - arrays: `minitems`, `maxitems`, `unique`, `repeated`, `item` (index, shape), `rest` and `somerest` (from index,
      shape), `atleast` and `atmost` (shape, count)
    - objects: `req`, `prop` (name, shape), `pat` and `somepat` (pattern, shape), `addl` and `someaddl` (names,
      patterns, shape: any other name), `names` and `somename` (expression of strings), `minprops`, `maxprops`
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._terms: dict[Any, Term] = {}
        self._shapes: dict[Any, Shape] = {}
        self._negated: dict[int, Term] = {}
        self._negated_shapes: dict[int, Shape] = {}
        self._conjoined: dict[Any, Term] = {}
        self.places: dict[tuple[Term, Any], Shape] = {}
        self._indexes: dict[tuple[Term, str], tuple[dict[Any, Shape], list[Term]]] = {}
        # Schemas that both documents write in the same words, without references.
        self.shared: dict[bytes, Shape] = {}
        self.refs: dict[Any, Shape] = {}
        # While documents are looked for; a proof must hold for validators that check no formats as well.
        self.assert_formats = False
        self.true, self.false = self._term("true", None), self._term("false", None)
        self.anything = self.shape([self.true] * 6)
        self.nothing = self.shape([self.false] * 6)

    # Interning

    def _term(self, kind: str, args: Any) -> Term:
        key = (kind, args)
        term = self._terms.get(key)
        if term is None:
            self.budget.spend()
            term = self._terms[key] = Term(len(self._terms), kind, args)
        return term

    def lit(self, kind: str, args: Any = None) -> Term:
        """A constraint, with those that always or never hold made so."""
        if kind in ("in", "notin") and not args:
            return self.false if kind == "in" else self.true
        if kind in ("minlen", "minitems", "minprops"):
            if args <= 0:
                return self.true
        elif kind in ("maxlen", "maxitems", "maxprops"):
            if args < 0:
                return self.false
        elif kind in ("prop", "item", "rest", "pat"):
            if args[1] is self.anything:
                return self.true
            if kind == "pat" and args[0] in TRIVIAL:
                return self.lit("addl", (frozenset(), frozenset(), args[1]))
        elif kind in ("somepat", "somerest"):
            if args[1] is self.nothing:
                return self.false
            if kind == "somepat" and args[0] in TRIVIAL:
                return self.lit("someaddl", (frozenset(), frozenset(), args[1]))
            if kind == "somerest" and args[0] == 0:
                return self.lit("atleast", (args[1], 1))
        elif kind == "addl":
            if args[2] is self.anything or args[1] & TRIVIAL:
                return self.true
        elif kind == "someaddl":
            if args[2] is self.nothing or args[1] & TRIVIAL:
                return self.false
        elif kind == "names":
            if args is self.true:
                return self.true
            if args is self.false:
                return self.lit("maxprops", 0)
        elif kind == "somename":
            if args is self.false:
                return self.false
            if args is self.true:
                return self.lit("minprops", 1)
        elif kind == "atleast":
            if args[1] <= 0:
                return self.true
            if args[0] is self.nothing:
                return self.false
            if args[0] is self.anything:
                return self.lit("minitems", args[1])
        elif kind == "atmost":
            if args[0] is self.nothing:
                return self.true
            if args[1] < 0:
                return self.false
            if args[0] is self.anything:
                return self.lit("maxitems", args[1])
            if args[1] == 0:
                return self.lit("rest", (0, self.negate(args[0])))
        elif kind == "pattern" and args in TRIVIAL:
            return self.true
        return self._term(kind, args)

    def shape(self, terms: Iterable[Term]) -> Shape:
        key = tuple(terms)
        cached = self._shapes.get(key)
        if cached is None:
            self.budget.spend()
            cached = self._shapes[key] = Shape(len(self._shapes), key)
        return cached

    def only(self, type_name: str, term: Term) -> Shape:
        """A constraint of one type, which says nothing of the others."""
        return self.shape(term if name == type_name else self.true for name in TYPES)

    # Shapes

    def all_of(self, shapes: Iterable[Shape]) -> Shape:
        operands = [shape for shape in dict.fromkeys(shapes) if shape is not self.anything] or [self.anything]
        if len(operands) == 1:
            return operands[0]
        if self.nothing in operands:
            return self.nothing
        return self.shape(self.conj(name, [s.terms[i] for s in operands]) for i, name in enumerate(TYPES))

    def any_of(self, shapes: Iterable[Shape]) -> Shape:
        operands = list(dict.fromkeys(shapes))
        if len(operands) == 1:
            return operands[0]
        return self.shape(self.disj(name, [s.terms[i] for s in operands]) for i, name in enumerate(TYPES))

    def negate(self, shape: Shape) -> Shape:
        cached = self._negated_shapes.get(shape.id)
        if cached is None:
            cached = self.shape(self.neg(name, term) for name, term in zip(TYPES, shape.terms, strict=True))
            self._negated_shapes[shape.id] = cached
        return cached

    def indexed(self, term: Term, kind: str) -> tuple[dict[Any, Shape], list[Term]]:
        """The `prop` or `item` constraints of a conjunction by name or index, and its other ones that may say more."""
        key = (term, kind)
        if key not in self._indexes:
            self.budget.spend(1 + len(term.args) // 4)
            own = {part.args[0]: part.args[1] for part in term.args if part.kind == kind}
            others = [part for part in term.args if part.kind in ("or", "ref", "pat", "addl", "rest")]
            self._indexes[key] = own, others
        return self._indexes[key]

    # Negation

    def neg(self, type_name: str, term: Term) -> Term:
        if term is self.true:
            return self.false
        if term is self.false:
            return self.true
        key = term.id
        cached = self._negated.get(key)
        if cached is None:
            self.budget.spend()
            cached = self._negated[key] = self._neg(type_name, term)
        return cached

    def _neg(self, type_name: str, term: Term) -> Term:
        kind, args, lit = term.kind, term.args, self.lit
        if kind == "and":
            return self.disj(type_name, [self.neg(type_name, part) for part in args])
        if kind == "or":
            return self.conj(type_name, [self.neg(type_name, part) for part in args])
        if kind in _OPPOSITES:
            opposite = lit(_OPPOSITES[kind], args)
            return self.conj(type_name, [opposite])
        match kind:
            case "ge":
                return lit("le", (args[0], not args[1]))
            case "le":
                return lit("ge", (args[0], not args[1]))
            case "minlen" | "minitems" | "minprops":
                return lit("max" + kind[3:], args - 1)
            case "maxlen" | "maxitems" | "maxprops":
                return lit("min" + kind[3:], args + 1)
            case "req":
                return lit("prop", (args, self.nothing))
            case "prop":
                return self.conj("object", [lit("req", args[0]), lit("prop", (args[0], self.negate(args[1])))])
            case "item":
                return self.conj("array", [lit("minitems", args[0] + 1), lit("item", (args[0], self.negate(args[1])))])
            case "rest":
                return lit("somerest", (args[0], self.negate(args[1])))
            case "somerest":
                return lit("rest", (args[0], self.negate(args[1])))
            case "atleast":
                return lit("atmost", (args[0], args[1] - 1))
            case "atmost":
                return lit("atleast", (args[0], args[1] + 1))
            case "pat":
                return lit("somepat", (args[0], self.negate(args[1])))
            case "somepat":
                return lit("pat", (args[0], self.negate(args[1])))
            case "addl":
                return lit("someaddl", (args[0], args[1], self.negate(args[2])))
            case "someaddl":
                return lit("addl", (args[0], args[1], self.negate(args[2])))
            case "names":
                return lit("somename", self.neg("string", args))
            case "somename":
                return lit("names", self.neg("string", args))
        raise AssertionError(kind)

    # Conjunction

    def conj(self, type_name: str, terms: Iterable[Term]) -> Term:
        parts: set[Term] = set()
        for term in terms:
            if term.kind == "and":
                parts |= term.args
            elif term.kind != "true":
                parts.add(term)
        if self.false in parts:
            return self.false
        if not parts:
            return self.true
        key = (type_name, frozenset(parts))
        cached = self._conjoined.get(key)
        if cached is None:
            self.budget.spend(1 + len(parts) // 4)
            cached = self._conjoined[key] = self._conj(type_name, parts)
        return cached

    def _conj(self, type_name: str, parts: set[Term]) -> Term:
        ors = {part for part in parts if part.kind == "or"}
        literals = parts - ors
        merged = self._merge(type_name, literals)
        if merged is None:
            return self.false
        literals = merged
        if self.false in literals:
            return self.false
        for term in literals:
            if (term.kind in _OPPOSITES or term.kind == "opaque") and term.kind not in ("in", "notin"):
                opposite = self._terms.get((_OPPOSITES[term.kind], term.args))
                if opposite is not None and opposite in literals:
                    return self.false
        again: list[Term] = []
        kept: set[Term] = set()
        for either in ors:
            if any(option in literals or (option.kind == "and" and option.args <= literals) for option in either.args):
                continue
            options = [option for option in either.args if not self._contradicts(type_name, literals, option)]
            if len(options) < len(either.args):
                again.append(self.disj(type_name, options))
            else:
                kept.add(either)
        if again:
            return self.conj(type_name, [*literals, *kept, *again])
        whole = literals | kept
        finite = next((term for term in literals if term.kind == "in"), None)
        if finite is not None and len(whole) > 1:
            return self._filtered(finite, whole - {finite})
        if len(whole) == 1:
            return next(iter(whole))
        return self._term("and", frozenset(whole)) if whole else self.true

    def _contradicts(self, type_name: str, literals: set[Term], option: Term) -> bool:
        """A cheap look at whether the literals exclude `option`: opposites among them, or values that are not its."""
        for part in option.args if option.kind == "and" else (option,):
            if part.kind == "or":
                continue
            if part.kind == "prop" and part.args[1] is self.nothing:
                if self._term("req", part.args[0]) in literals:
                    return True
            elif part.kind == "req":
                if self._term("prop", (part.args, self.nothing)) in literals:
                    return True
            elif part.kind in _OPPOSITES:
                opposite = self._terms.get((_OPPOSITES[part.kind], part.args))
                if opposite is not None and opposite in literals:
                    return True
        return False

    def _filtered(self, finite: Term, others: set[Term]) -> Term:
        """The listed values that the others allow; what all of them keep is said by the list alone."""
        values, open_terms = set(), set()
        for value in finite.args:
            self.budget.spend()
            kept, unknown = True, []
            for term in others:
                holds = self.holds(term, value)
                if holds is False:
                    kept = False
                    break
                if holds is None:
                    unknown.append(term)
            if kept:
                values.add(value)
                open_terms.update(unknown)
        listed = self.lit("in", frozenset(values))
        if listed is self.false or not open_terms:
            return listed
        return self._term("and", frozenset({listed, *open_terms}))

    def _merge(self, type_name: str, literals: set[Term]) -> set[Term] | None:
        """The same constraints, each said once; None when they exclude each other."""
        kinds: dict[str, list[Any]] = {}
        for term in literals:
            kinds.setdefault(term.kind, []).append(term.args)
        out: set[Term] = {term for term in literals if term.kind in _UNMERGED}
        values: frozenset[Any] | None = None
        for listed in kinds.get("in", ()):
            values = listed if values is None else values & listed
        excluded = frozenset().union(*kinds.get("notin", ()))
        if type_name == "boolean":
            values = (_BOTH if values is None else values) - excluded
            excluded = frozenset()
            values = None if values == _BOTH else values
        if values is not None:
            values -= excluded
            excluded = frozenset()
            if not values:
                return None
            out.add(self._term("in", values))
        merge: Callable[..., bool] | None = _MERGERS.get(type_name)
        if merge is not None and not merge(self, kinds, out):
            return None
        if excluded:
            rest = out - {term for term in out if term.kind not in ("ge", "le", "mult", "minlen", "maxlen", "pattern")}
            excluded = frozenset(v for v in excluded if all(self.holds(term, v) is not False for term in rest))
            if excluded:
                out.add(self._term("notin", excluded))
        return out - {self.true}

    # Disjunction

    def disj(self, type_name: str, terms: Iterable[Term]) -> Term:
        parts: set[Term] = set()
        for term in terms:
            if term.kind == "or":
                parts |= term.args
            elif term.kind != "false":
                parts.add(term)
        if self.true in parts:
            return self.true
        if len(parts) <= 1:
            return next(iter(parts), self.false)
        self.budget.spend(1 + len(parts) // 4)
        lists = [part for part in parts if part.kind == "in"]
        others = parts - set(lists)
        if lists:
            values = frozenset().union(*(part.args for part in lists))
            if type_name == "boolean" and values == _BOTH:
                return self.true
            if len(values) * len(others) <= 2_000:
                values = frozenset(v for v in values if not any(self.holds(part, v) is True for part in others))
            parts = others | ({self._term("in", values)} if values else set())
        for part in parts:
            if part.kind in _OPPOSITES:
                opposite = self._terms.get((_OPPOSITES[part.kind], part.args))
                if opposite is not None and opposite in parts:
                    return self.true
            if part.kind == "req" and self._term("prop", (part.args, self.nothing)) in parts:
                return self.true
        ands = [part for part in parts if part.kind == "and"]
        if ands and len(ands) <= 100:
            dropped = {
                part
                for part in ands
                if any(other in part.args or (other.kind == "and" and other.args < part.args) for other in parts)
            }
            parts -= dropped
        if len(parts) == 1:
            return next(iter(parts))
        return self._term("or", frozenset(parts))

    # Values

    def holds(self, term: Term, value: Any, depth: int = 0) -> bool | None:
        """Whether the value, of the type that `term` is about, fulfils it; None when that is not known."""
        self.budget.spend()
        if depth > 60:
            return None
        kind, args = term.kind, term.args
        match kind:
            case "true":
                return True
            case "false":
                return False
            case "and" | "or":
                unknown = False
                for part in args:
                    holds = self.holds(part, value, depth + 1)
                    if holds is (kind == "or"):
                        return holds
                    unknown = unknown or holds is None
                return None if unknown else kind == "and"
            case "in" | "notin":
                return (value in args) is (kind == "in")
            case "ref" | "notref":
                shape = self.refs.get(args[0])
                holds = None if shape is None else self.holds(shape[args[1]], value, depth + 1)
                return holds if kind == "ref" or holds is None else not holds
            case "opaque" | "notopaque":
                return None
            case "format":
                return formatted(args, value, self.assert_formats) if isinstance(value, str) else None
            case "notformat":
                verdict = formatted(args, value, self.assert_formats) if isinstance(value, str) else None
                return None if verdict is None else not verdict
            case "ge":
                return value > args[0] if args[1] else value >= args[0]
            case "le":
                return value < args[0] if args[1] else value <= args[0]
            case "mult" | "notmult":
                return ((value / args).denominator == 1) is (kind == "mult")
            case "minlen":
                return len(value) >= args
            case "maxlen":
                return len(value) <= args
            case "pattern" | "notpattern":
                verdict = matches(args, value)
                return verdict if kind == "pattern" or verdict is None else not verdict
        if isinstance(value, tuple) and value[0] == "l":
            return self._array_holds(kind, args, value[1], depth)
        if isinstance(value, tuple) and value[0] == "d":
            return self._object_holds(kind, args, dict(value[1]), depth)
        raise AssertionError(kind)

    def fits(self, shape: Shape, value: Any, depth: int = 0) -> bool | None:
        return self.holds(shape[type_of(value)], value, depth + 1)

    def _array_holds(self, kind: str, args: Any, items: tuple[Any, ...], depth: int) -> bool | None:
        match kind:
            case "minitems":
                return len(items) >= args
            case "maxitems":
                return len(items) <= args
            case "unique" | "repeated":
                return (len(set(items)) == len(items)) is (kind == "unique")
            case "item":
                return True if len(items) <= args[0] else self.fits(args[1], items[args[0]], depth)
            case "rest":
                return _every(self.fits(args[1], item, depth) for item in items[args[0] :])
            case "somerest":
                return _some(self.fits(args[1], item, depth) for item in items[args[0] :])
            case "atleast" | "atmost":
                verdicts = [self.fits(args[0], item, depth) for item in items]
                least, most = verdicts.count(True), len(verdicts) - verdicts.count(False)
                if kind == "atleast":
                    return True if least >= args[1] else False if most < args[1] else None
                return True if most <= args[1] else False if least > args[1] else None
        raise AssertionError(kind)

    def _object_holds(self, kind: str, args: Any, fields: dict[str, Any], depth: int) -> bool | None:
        match kind:
            case "req":
                return args in fields
            case "prop":
                return self.fits(args[1], fields[args[0]], depth) if args[0] in fields else True
            case "minprops":
                return len(fields) >= args
            case "maxprops":
                return len(fields) <= args
            case "pat" | "somepat":
                verdicts = [
                    (matches(args[0], name), None if (m := self.fits(args[1], value, depth)) is None else m)
                    for name, value in fields.items()
                ]
            case "addl" | "someaddl":
                verdicts = [
                    (self.is_other(name, args[0], args[1]), self.fits(args[2], value, depth))
                    for name, value in fields.items()
                ]
            case "names":
                return _every(self.holds(args, name, depth + 1) for name in fields)
            case "somename":
                return _some(self.holds(args, name, depth + 1) for name in fields)
            case _:
                raise AssertionError(kind)
        if kind in ("pat", "addl"):
            return _every(
                True if concerns is False or ok is True else (ok if concerns else None) for concerns, ok in verdicts
            )
        return _some(
            False if concerns is False or ok is False else (ok if concerns else None) for concerns, ok in verdicts
        )

    def is_other(self, name: str, names: frozenset[str], patterns: frozenset[str]) -> bool | None:
        """Whether a property of that name is none of the names and matches none of the patterns."""
        if name in names:
            return False
        self.budget.spend(len(patterns))
        return _every(None if (m := matches(pattern, name)) is None else not m for pattern in patterns)


_BOTH = frozenset({("b", True), ("b", False)})
_PAIRS = (
    ("in", "notin"), ("ref", "notref"), ("opaque", "notopaque"), ("format", "notformat"), ("mult", "notmult"),
    ("pattern", "notpattern"), ("unique", "repeated"),
)  # fmt: skip
_OPPOSITES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_UNMERGED = frozenset(
    [
        "ref",
        "notref",
        "opaque",
        "notopaque",
        "format",
        "notformat",
        "pattern",
        "notpattern",
        "unique",
        "repeated",
        "somerest",
        "somepat",
        "someaddl",
        "somename",
        "notmult",
        "req",
    ]
)


def _every(verdicts: Iterable[bool | None]) -> bool | None:
    unknown = False
    for one in verdicts:
        if one is False:
            return False
        unknown = unknown or one is None
    return None if unknown else True


def _some(verdicts: Iterable[bool | None]) -> bool | None:
    opposite = _every(None if one is None else not one for one in verdicts)
    return None if opposite is None else not opposite


def _merge_numbers(algebra: Algebra, kinds: dict[str, list[Any]], out: set[Term]) -> bool:
    step: Fraction | None = None
    for d in kinds.get("mult", ()):
        step = d if step is None else _common_multiple(step, d)
    low = max(kinds.get("ge", ()), default=None)
    high = min(((value, not exclusive) for value, exclusive in kinds.get("le", ())), default=None)
    high = None if high is None else (high[0], not high[1])
    if step is not None:
        low = None if low is None else (_next_multiple(low[0], low[1], step), False)
        high = None if high is None else (-_next_multiple(-high[0], high[1], step), False)
        out.add(algebra._term("mult", step))
        if any((step / d).denominator == 1 for d in kinds.get("notmult", ())):
            return False
    if low is not None:
        out.add(algebra._term("ge", low))
    if high is not None:
        out.add(algebra._term("le", high))
    if low is None or high is None or low[0] < high[0]:
        return True
    return low[0] == high[0] and not low[1] and not high[1]


def _common_multiple(one: Fraction, other: Fraction) -> Fraction:
    return Fraction(
        lcm(one.numerator * other.denominator, other.numerator * one.denominator), one.denominator * other.denominator
    )


def _next_multiple(value: Fraction, exclusive: bool, step: Fraction) -> Fraction:
    """The least multiple of `step` that is at least `value`, or above it."""
    count = -(-value // step)
    return (count + 1) * step if exclusive and count * step == value else count * step


def _merge_strings(algebra: Algebra, kinds: dict[str, list[Any]], out: set[Term]) -> bool:
    low, high = max(kinds.get("minlen", ()), default=0), min(kinds.get("maxlen", ()), default=None)
    out.add(algebra.lit("minlen", low))
    if high is not None:
        out.add(algebra.lit("maxlen", high))
    return high is None or low <= high


def _merge_arrays(algebra: Algebra, kinds: dict[str, list[Any]], out: set[Term]) -> bool:
    low, high = max(kinds.get("minitems", ()), default=0), min(kinds.get("maxitems", ()), default=None)
    items, rests = kinds.get("item", ()), kinds.get("rest", ())
    count = max([index + 1 for index, _ in items] + [start for start, _ in rests], default=0)
    algebra.budget.spend(count // 8)
    places: list[Shape] = []
    by_index: dict[int, list[Shape]] = {}
    for index, shape in items:
        by_index.setdefault(index, []).append(shape)
    for place in range(count):
        shapes = by_index.get(place, []) + [shape for start, shape in rests if start <= place]
        places.append(algebra.all_of(shapes) if shapes else algebra.anything)
    rest = algebra.all_of([shape for _, shape in rests]) if rests else algebra.anything
    for place, shape in enumerate(places):
        if shape is algebra.nothing:
            high = place if high is None else min(high, place)
            break
    if rest is algebra.nothing:
        high = count if high is None else min(high, count)
    if high is not None:
        places = places[:high]
        if len(places) == high:
            rest = algebra.anything
    while places and places[-1] is rest:
        places.pop()
    for place, shape in enumerate(places):
        out.add(algebra.lit("item", (place, shape)))
    out.add(algebra.lit("rest", (len(places), rest)))
    counted: dict[Shape, int] = {}
    for shape, least in kinds.get("atleast", ()):
        counted[shape] = max(counted.get(shape, 0), least)
    for shape, least in counted.items():
        out.add(algebra.lit("atleast", (shape, least)))
    most: dict[Shape, int] = {}
    for shape, limit in kinds.get("atmost", ()):
        most[shape] = min(most.get(shape, limit), limit)
    for shape, limit in most.items():
        out.add(algebra.lit("atmost", (shape, limit)))
        if counted.get(shape, 0) > limit:
            return False
    if high is not None:
        out.add(algebra.lit("maxitems", high))
        if high < max([low, *counted.values()]):
            return False
        if high <= 1:
            if algebra._term("repeated", None) in out:
                return False
            out.discard(algebra._term("unique", None))
    if low > max(counted.values(), default=0):
        out.add(algebra.lit("minitems", low))
    return True


def _merge_objects(algebra: Algebra, kinds: dict[str, list[Any]], out: set[Term]) -> bool:
    properties: dict[str, list[Shape]] = {}
    for name, shape in kinds.get("prop", ()):
        properties.setdefault(name, []).append(shape)
    patterns: dict[str, list[Shape]] = {}
    for pattern, shape in kinds.get("pat", ()):
        patterns.setdefault(pattern, []).append(shape)
    others: dict[frozenset[str], list[tuple[frozenset[str], Shape]]] = {}
    for names, excluded, shape in kinds.get("addl", ()):
        others.setdefault(excluded, []).append((names, shape))
    for excluded, operands in others.items():
        declared = frozenset().union(*(names for names, _ in operands))
        for names, shape in operands:
            for name in declared - names:
                other = algebra.is_other(name, frozenset(), excluded)
                if other is None:
                    declared -= {name}
                    properties.setdefault(name, [])
                elif other:
                    properties.setdefault(name, []).append(shape)
        unsure = [names for names, _ in operands if not declared <= names and len(declared | names) > len(declared)]
        if unsure:
            # A pattern that the engine gave up on: the parts stay as they were written.
            for names, shape in operands:
                out.add(algebra.lit("addl", (names, excluded, shape)))
        else:
            rest = algebra.all_of([shape for _, shape in operands])
            for name in list(declared):
                own = properties.get(name)
                if own and algebra.all_of(own) is rest and algebra.is_other(name, frozenset(), excluded):
                    declared -= {name}
                    del properties[name]
            out.add(algebra.lit("addl", (declared, excluded, rest)))
    required = set(kinds.get("req", ()))
    for name, shapes in properties.items():
        if not shapes:
            continue
        shape = algebra.all_of(shapes)
        if shape is algebra.nothing and name in required:
            return False
        out.add(algebra.lit("prop", (name, shape)))
    for pattern, shapes in patterns.items():
        out.add(algebra.lit("pat", (pattern, algebra.all_of(shapes))))
    if "names" in kinds:
        out.add(algebra.lit("names", algebra.conj("string", kinds["names"])))
    low, high = max(kinds.get("minprops", ()), default=0), min(kinds.get("maxprops", ()), default=None)
    if low > len(required):
        out.add(algebra.lit("minprops", low))
    if high is not None:
        out.add(algebra.lit("maxprops", high))
        return high >= max(low, len(required))
    return True


_MERGERS: dict[str, Callable[..., bool]] = {
    "number": _merge_numbers,
    "string": _merge_strings,
    "array": _merge_arrays,
    "object": _merge_objects,
}
