"""Constructs documents that show a break: allowed by the new schema, and not by the old one.

Values are proposed from the constraints of an expression and checked against it. A validator of each schema checks the
complete document before it is reported.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from resolvers.contracts.comparison.expressions import Algebra, Shape, Term
from resolvers.contracts.comparison.paths import Element, Path, Property
from resolvers.contracts.comparison.values import TYPES, exact, freeze, matches, thaw

MAX_DEPTH = 8
# Values tried for one expression.
TRIES = 24
FORMATS = {
    "date-time": "2024-05-17T09:30:00Z",
    "date": "2024-05-17",
    "time": "09:30:00Z",
    "duration": "PT4H",
    "email": "ann@example.com",
    "idn-email": "ann@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/a",
    "iri": "https://example.com/",
    "iri-reference": "/a",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "uri-template": "/a/{b}",
    "json-pointer": "/a",
    "relative-json-pointer": "1/a",
    "regex": "^a$",
}
SPARE_NAMES = ("other", "x", "a", "0")


class Proposals:
    """Proposes values of shapes."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._weights: dict[Term, int] = {}

    def of(self, shape: Shape, depth: int = 0) -> Iterator[Any]:
        """Plain JSON values that satisfy `shape`, as far as can be decided."""
        for name in ("string", "number", "object", "array", "boolean", "null"):
            yield from self.of_type(name, shape[name], depth)

    def of_type(self, type_name: str, term: Term, depth: int = 0) -> Iterator[Any]:
        for parts in islice(self._branches(type_name, term, frozenset()), 12):
            whole = self.algebra.conj(type_name, parts)
            for value in islice(self._candidates(type_name, parts, depth), TRIES):
                if self.algebra.holds(whole, freeze(value)) is not False:
                    yield value

    def containing(self, shape: Shape, path: Path, value: Any, depth: int = 0) -> Iterator[Any]:
        """Values of `shape` with `value` at `path`."""
        if not path:
            yield value
            return
        step, rest = path[0], path[1:]
        if isinstance(step, Element):
            for whole in islice(self.of_type("array", shape["array"], depth), 4):
                index = step.index if step.index is not None else 0
                place = at_index(self.algebra, shape["array"], index)
                for inner in islice(self.containing(place, rest, value, depth + 1), 2):
                    filler = next(self.of(at_index(self.algebra, shape["array"], len(whole)), depth + 1), None)
                    yield [*(whole + [filler] * index)[:index], inner, *whole[index + 1 :]]
            return
        for whole in islice(self.of_type("object", shape["object"], depth), 4):
            name = step.name if isinstance(step, Property) else next(n for n in SPARE_NAMES if n not in whole)
            for inner in islice(
                self.containing(at_name(self.algebra, shape["object"], name), rest, value, depth + 1), 2
            ):
                yield {**whole, name: inner}

    def _branches(self, type_name: str, term: Term, followed: frozenset[Term]) -> Iterator[set[Term]]:
        algebra = self.algebra
        algebra.budget.spend()
        if term.kind == "false":
            return
        if term.kind == "or":
            for part in sorted(term.args, key=self._weight):
                yield from self._branches(type_name, part, followed)
            return
        parts = term.args if term.kind == "and" else frozenset((term,))
        for part in parts:
            if part.kind in ("ref", "notref") and part not in followed and part.args[0] in algebra.refs:
                target = algebra.refs[part.args[0]][type_name]
                target = target if part.kind == "ref" else algebra.neg(type_name, target)
                whole = algebra.conj(type_name, [*(parts - {part}), target])
                yield from self._branches(type_name, whole, followed | {part})
                return
        either = min((part for part in parts if part.kind == "or"), key=lambda part: len(part.args), default=None)
        if either is None:
            yield {part for part in parts if part.kind != "true"}
            return
        rest = [part for part in parts if part is not either]
        for option in sorted(either.args, key=self._weight):
            yield from self._branches(type_name, algebra.conj(type_name, [*rest, option]), followed)

    def _weight(self, term: Term) -> tuple[int, int]:
        """Small values first: those of recursive schemas and of nested ones come late."""
        if term not in self._weights:
            self._weights[term] = 1
            args = term.args if isinstance(term.args, frozenset | tuple) else ()
            inner = [part for arg in args if isinstance(arg, Shape) for part in arg.terms]
            inner += [arg for arg in args if isinstance(arg, Term)]
            total = sum(self._weight(part)[0] for part in inner)
            self._weights[term] = min(10_000, 100 if term.kind in ("ref", "notref") else 1 + total)
        return self._weights[term], term.id

    def _candidates(self, type_name: str, parts: set[Term], depth: int) -> Iterator[Any]:
        kinds: dict[str, list[Any]] = {}
        for part in parts:
            kinds.setdefault(part.kind, []).append(part.args)
        if "in" in kinds:
            yield from (thaw(value) for value in sorted(kinds["in"][0], key=repr))
        elif type_name == "null":
            yield None
        elif type_name == "boolean":
            yield from (True, False)
        elif type_name == "number":
            yield from self._numbers(kinds)
        elif type_name == "string":
            yield from self._strings(kinds)
        elif depth <= MAX_DEPTH:
            yield from self._arrays(kinds, depth) if type_name == "array" else self._objects(kinds, depth)

    def _numbers(self, kinds: dict[str, list[Any]]) -> Iterator[Any]:
        step = kinds["mult"][0] if "mult" in kinds else None
        small = step if step is not None else exact(0.5)
        near = [bound for kind in ("ge", "le") for bound, _ in kinds.get(kind, ())]
        near += [value for listed in kinds.get("notin", ()) for value in listed if not isinstance(value, str | tuple)]
        near += [d * count for d in kinds.get("notmult", ()) for count in (1, 2)]
        for bound in [*near, exact(0)]:
            for value in (
                bound,
                bound + small,
                bound - small,
                bound + 1,
                bound - 1,
                bound + small / 2,
                bound * 2 + small,
            ):
                yield thaw(value)
        if near:
            yield thaw(sum(near) / len(near))
        yield from (1, -1, 0.5, 1000001, 0.1)

    def _strings(self, kinds: dict[str, list[Any]]) -> Iterator[str]:
        low = min(max(kinds.get("minlen", ()), default=0), 10_000)
        for name in kinds.get("format", ()):
            if name in FORMATS:
                yield FORMATS[name]
        for pattern in kinds.get("pattern", ()):
            yield from text_like(pattern, low)
        for filler in ("a", "x", "1", "A", " ", "é"):
            yield filler * max(low, 1)
        yield ""
        if "maxlen" in kinds and kinds["maxlen"][0] <= 10_000:
            yield "b" * kinds["maxlen"][0]
        yield from ("other", "Other 1", "1-a", "2024-05-17", "ann@example.com", "a.b", "/")

    def _arrays(self, kinds: dict[str, list[Any]], depth: int) -> Iterator[list[Any]]:
        algebra = self.algebra
        whole = algebra.conj(
            "array", [algebra.lit(kind, args) for kind, arguments in kinds.items() for args in arguments]
        )
        low = max(kinds.get("minitems", ()), default=0)
        required: list[tuple[int, Shape]] = list(kinds.get("somerest", ()))
        required += [(0, shape) for shape, least in kinds.get("atleast", ()) for _ in range(min(least, 20))]
        if low > 100:
            return
        for extra in (0, 1):
            items: list[Any] = []
            open_wants = list(required)
            while (len(items) < low + extra or open_wants) and len(items) < 120:
                index = len(items)
                place = at_index(algebra, whole, index)
                want = next((one for one in open_wants if one[0] <= index), None)
                value = _none = object()
                if want is not None:
                    value = next(self.of(algebra.all_of([place, want[1]]), depth + 1), _none)
                    if value is not _none:
                        open_wants.remove(want)
                if value is _none:
                    proposals = list(islice(self.of(place, depth + 1), 6))
                    if not proposals:
                        break
                    fresh = [one for one in proposals if one not in items]
                    value = (fresh or proposals)[0] if "unique" in kinds else proposals[0]
                items.append(value)
            yield items
            if "repeated" in kinds:
                first = items[0] if items else next(self.of(at_index(algebra, whole, 0), depth + 1), None)
                yield [first, first, *items[2:]]
            if "unique" not in kinds and items:
                yield [*items, *items[-1:] * 2]

    def _objects(self, kinds: dict[str, list[Any]], depth: int) -> Iterator[dict[str, Any]]:
        algebra = self.algebra
        whole = algebra.conj(
            "object", [algebra.lit(kind, args) for kind, arguments in kinds.items() for args in arguments]
        )
        properties = dict(kinds.get("prop", ()))
        base: dict[str, Any] = {}
        for name in sorted(kinds.get("req", ())):
            proposal = next(self.of(at_name(algebra, whole, name), depth + 1), base)
            if proposal is base:
                return
            base[name] = proposal
        required: list[tuple[Iterator[str], Shape]] = []
        for known, excluded, shape in kinds.get("someaddl", ()):
            required.append((self._other_names(known, excluded, properties, kinds), shape))
        for pattern, shape in kinds.get("somepat", ()):
            named = [name for name in properties if matches(pattern, name)]
            required.append((iter([*named, *text_like(pattern, 0)]), shape))
        for term in kinds.get("somename", ()):
            names = self.of_type("string", algebra.conj("string", [term, *kinds.get("names", ())]), depth + 1)
            required.append((islice(names, 6), algebra.anything))
        for names, shape in required:
            for name in names:
                if name in base:
                    continue
                value = next(self.of(algebra.all_of([shape, at_name(algebra, whole, name)]), depth + 1), base)
                if value is not base:
                    base[name] = value
                    break
        low = max(kinds.get("minprops", ()), default=0)
        fillers = [*sorted(properties), *(f"x{index}" for index in range(min(low, 50)))]
        if "names" in kinds:
            fillers += list(islice(self.of_type("string", kinds["names"][0], depth + 1), 10))
        for name in fillers:
            if len(base) >= low:
                break
            value = next(self.of(at_name(algebra, whole, name), depth + 1), base)
            if name not in base and value is not base:
                base[name] = value
        yield base
        full = dict(base)
        for name in sorted(properties)[:20]:
            value = next(self.of(at_name(algebra, whole, name), depth + 1), base)
            if name not in full and value is not base:
                full[name] = value
        if len(full) > len(base):
            yield full

    def _other_names(
        self, known: frozenset[str], excluded: frozenset[str], properties: dict[str, Shape], kinds: dict[str, list[Any]]
    ) -> Iterator[str]:
        mentioned = [name for other, _, _ in kinds.get("addl", ()) for name in sorted(other)]
        liked = [text for pattern, _ in kinds.get("pat", ()) for text in text_like(pattern, 0)]
        liked += [text for _, patterns, _ in kinds.get("addl", ()) for p in patterns for text in text_like(p, 0)]
        for name in [*sorted(properties), *mentioned, *liked, *SPARE_NAMES]:
            if self.algebra.is_other(name, known, excluded):
                yield name


def at_name(algebra: Algebra, term: Term, name: str, depth: int = 0) -> Shape:
    """What the property of that name may be, as far as single constraints say it: never less than it really may."""
    if term.kind not in ("and", "or"):
        return _at_name(algebra, term, name, depth)
    key = (term, name)
    if key not in algebra.places:
        algebra.places[key] = _at_name(algebra, term, name, depth)
    return algebra.places[key]


def _at_name(algebra: Algebra, term: Term, name: str, depth: int) -> Shape:
    algebra.budget.spend()
    match term.kind:
        case "false":
            return algebra.nothing
        case "and":
            own, others = algebra.indexed(term, "prop")
            values = [own[name]] if name in own else []
            return algebra.all_of(
                [*values, *(at_name(algebra, part, name, depth) for part in others), algebra.anything]
            )
        case "or":
            return algebra.any_of([at_name(algebra, part, name, depth) for part in term.args])
        case "prop" if term.args[0] == name:
            return term.args[1]
        case "pat" if matches(term.args[0], name):
            return term.args[1]
        case "addl" if algebra.is_other(name, term.args[0], term.args[1]):
            return term.args[2]
        case "ref" if depth < 3 and term.args[0] in algebra.refs:
            return at_name(algebra, algebra.refs[term.args[0]]["object"], name, depth + 1)
    return algebra.anything


def at_index(algebra: Algebra, term: Term, index: int, depth: int = 0) -> Shape:
    """What the element at `index` may be; see `at_name`."""
    if term.kind not in ("and", "or"):
        return _at_index(algebra, term, index, depth)
    key = (term, index)
    if key not in algebra.places:
        algebra.places[key] = _at_index(algebra, term, index, depth)
    return algebra.places[key]


def _at_index(algebra: Algebra, term: Term, index: int, depth: int) -> Shape:
    algebra.budget.spend()
    match term.kind:
        case "false":
            return algebra.nothing
        case "and":
            own, others = algebra.indexed(term, "item")
            values = [own[index]] if index in own else []
            return algebra.all_of(
                [*values, *(at_index(algebra, part, index, depth) for part in others), algebra.anything]
            )
        case "or":
            return algebra.any_of([at_index(algebra, part, index, depth) for part in term.args])
        case "item" if term.args[0] == index:
            return term.args[1]
        case "rest" if term.args[0] <= index:
            return term.args[1]
        case "ref" if depth < 3 and term.args[0] in algebra.refs:
            return at_index(algebra, algebra.refs[term.args[0]]["array"], index, depth + 1)
    return algebra.anything


def text_like(pattern: str, low: int) -> list[str]:
    """A few texts that match `pattern`, for patterns of common shape."""
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
        texts = [_text(parsed, more) for more in (0, 1, max(low, 2))]
    except (re.error, RecursionError, OverflowError, ValueError, KeyError, IndexError):
        texts = []
    return [text for text in dict.fromkeys([*texts, "a" * max(low, 1)]) if matches(pattern, text)]


def _text(parsed: Any, more: int) -> str:
    text = ""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            text += chr(argument)
        elif name == "NOT_LITERAL":
            text += "a" if argument != ord("a") else "b"
        elif name == "ANY":
            text += "a"
        elif name == "IN":
            text += _one_of(argument)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = argument
            text += _text(inner, more) * min(int(most), min(max(int(least), more), 200))
        elif name == "SUBPATTERN":
            text += _text(argument[-1], more)
        elif name == "BRANCH":
            branches = argument[1]
            text += _text(branches[more % len(branches)], more)
        elif name != "AT":
            raise ValueError(name)
    return text


def _one_of(choices: Any) -> str:
    classes = {"CATEGORY_DIGIT": "1", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_DIGIT": "a",
               "CATEGORY_NOT_WORD": "-", "CATEGORY_NOT_SPACE": "a"}  # fmt: skip
    if str(choices[0][0]) == "NEGATE":
        for character in "aA1 -_.":
            if re.fullmatch("[" + "".join(_class(choice) for choice in choices[1:]) + "]", character) is None:
                return character
        raise ValueError("no character")
    operation, argument = choices[0]
    if str(operation) == "LITERAL":
        return chr(argument)
    if str(operation) == "RANGE":
        return chr(argument[0])
    return classes[str(argument)]


def _class(choice: Any) -> str:
    operation, argument = choice
    if str(operation) == "LITERAL":
        return re.escape(chr(argument))
    if str(operation) == "RANGE":
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    return {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}[str(argument)]


__all__ = ["TYPES", "Proposals", "at_index", "at_name", "text_like"]
