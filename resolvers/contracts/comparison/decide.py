"""Decides whether every document of one schema is a document of another, by proving that none belongs to the first
alone.

The constraints of both schemas are combined into one expression, which is empty if no value satisfies it. Expressions
with alternatives are split; each remaining set of constraints of one type is searched for a contradiction. If a
question recurs for parts of its own values, it is assumed to hold for them (induction, since documents are finite).
What these rules cannot contradict counts as possible, so "not proven" never means "refuted".
"""

from typing import Any

from resolvers.contracts.comparison.budget import Exhausted
from resolvers.contracts.comparison.expressions import Algebra, Shape, Term
from resolvers.contracts.comparison.values import TYPES, matches

# Nodes that one question may cost; beyond, its answer is unknown.
SHARE = 8_000
MAX_COUNT = 300
# Conjunctions of more constraints are compared constraint by constraint alone.
MAX_PARTS = 200


class Decider:
    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._known: dict[tuple[str, int], bool] = {}
        self._asking: set[tuple[str, int]] = set()
        self._log: list[tuple[str, int]] = []
        self._within: dict[tuple[int, int], bool] = {}
        # What all questions together may cost, so that something is left for telling what changed.
        self._left = algebra.budget.nodes * 3 // 5

    def proves(self, inner: Shape, outer: Shape, share: int = SHARE) -> bool:
        """True when every document of `inner` is one of `outer`; False when that is not proven."""
        return not self.unproven(inner, outer, share)

    def unproven(self, inner: Shape, outer: Shape, share: int = SHARE) -> list[str]:
        """The types for which that is not proven."""
        return [name for name in TYPES if not self.within(name, inner[name], outer[name], share)]

    def same(self, one: Shape, other: Shape) -> bool:
        return one is other or (self.proves(one, other) and self.proves(other, one))

    def within(self, type_name: str, inner: Term, outer: Term, share: int = SHARE) -> bool:
        algebra = self.algebra
        if inner is outer or outer is algebra.true or inner is algebra.false:
            return True
        key = (inner.id, outer.id)
        if key not in self._within:
            asking, log = self._asking, len(self._log)
            self._asking = set()
            start = algebra.budget.spent
            try:
                with algebra.budget.question(min(share, self._left)):
                    self._within[key] = self._is_within(type_name, inner, outer)
            except Exhausted:
                # Nothing is known of questions that were cut short.
                for entry in self._log[log:]:
                    self._known.pop(entry, None)
                del self._log[log:]
                self._within[key] = False
            finally:
                self._asking = asking
                self._left -= algebra.budget.spent - start
        return self._within[key]

    def _is_within(self, type_name: str, inner: Term, outer: Term) -> bool:
        algebra = self.algebra
        algebra.budget.spend()
        if inner is outer or outer is algebra.true or inner is algebra.false:
            return True
        if outer.kind == "and":
            return all(self._is_within(type_name, inner, part) for part in outer.args)
        if inner.kind == "or":
            return all(self._is_within(type_name, part, outer) for part in inner.args)
        if inner.kind == "and" and outer in inner.args:
            return True
        if inner.kind == "and" and outer.kind in ("prop", "item", "req"):
            if outer.kind != "req":
                own, _ = algebra.indexed(inner, outer.kind)
                shape = own.get(outer.args[0])
                if shape is not None and self.excludes(shape, algebra.negate(outer.args[1])):
                    return True
            if len(inner.args) > MAX_PARTS:
                return False
        if outer.kind == "or":
            if inner in outer.args or (inner.kind == "and" and not inner.args.isdisjoint(outer.args)):
                return True
            for part in outer.args:
                if all(self._quickly(type_name, inner, one) for one in (part.args if part.kind == "and" else (part,))):
                    return True
        return self.empty(type_name, algebra.conj(type_name, [inner, algebra.neg(type_name, outer)]))

    def _quickly(self, type_name: str, inner: Term, part: Term) -> bool:
        if part.kind == "or":
            return part is inner or (inner.kind == "and" and part in inner.args)
        return self.empty(type_name, self.algebra.conj(type_name, [inner, self.algebra.neg(type_name, part)]))

    def empty_shape(self, shape: Shape) -> bool:
        return all(self.empty(name, term) for name, term in zip(TYPES, shape.terms, strict=True))

    def excludes(self, *shapes: Shape) -> bool:
        """No value fulfils all of the shapes."""
        return self.empty_shape(self.algebra.all_of(shapes))

    def empty(self, type_name: str, term: Term) -> bool:
        """True when no value fulfils `term`; False when that is not shown."""
        if term.kind in ("true", "false"):
            return term.kind == "false"
        key = (type_name, term.id)
        if key in self._known:
            return self._known[key]
        if key in self._asking:
            return True
        self._asking.add(key)
        start = len(self._log)
        try:
            result = self._empty(type_name, term, frozenset())
        finally:
            self._asking.discard(key)
        if result:
            self._log.append(key)
        else:
            # What was shown below by assuming this one is shown no longer.
            for entry in self._log[start:]:
                self._known.pop(entry, None)
            del self._log[start:]
        self._known[key] = result
        return result

    def _empty(self, type_name: str, term: Term, followed: frozenset[Term]) -> bool:
        algebra = self.algebra
        algebra.budget.spend()
        if term.kind in ("true", "false"):
            return term.kind == "false"
        if term.kind == "or":
            return all(self._empty(type_name, part, followed) for part in term.args)
        parts = term.args if term.kind == "and" else frozenset((term,))
        for part in parts:
            if part.kind in ("ref", "notref") and part not in followed:
                shape = algebra.refs.get(part.args[0])
                if shape is not None:
                    target = shape[type_name]
                    target = target if part.kind == "ref" else algebra.neg(type_name, target)
                    whole = algebra.conj(type_name, [*(parts - {part}), target])
                    return self._empty(type_name, whole, followed | {part})
        ors = [part for part in parts if part.kind == "or"]
        literals = {part for part in parts if part.kind != "or"}
        if self._contradictory(type_name, literals):
            return True
        if not ors:
            return False
        if len(ors) > 1:
            # An alternative that contradicts the rest is none; where one is left, it is not an alternative.
            fixed: list[Term] = []
            open_ors: list[tuple[int, int, Term]] = []
            for either in ors:
                options = [one for one in either.args if algebra.conj(type_name, [*literals, one]) is not algebra.false]
                if not options:
                    return True
                if len(options) == 1:
                    fixed.append(options[0])
                else:
                    remaining = either if len(options) == len(either.args) else algebra.disj(type_name, options)
                    open_ors.append((len(options), remaining.id, remaining))
            if fixed:
                whole = algebra.conj(type_name, [*literals, *fixed, *(one for _, _, one in open_ors)])
                return self._empty(type_name, whole, followed)
            open_ors.sort(key=lambda one: one[:2])
            either = open_ors[0][2]
            rest = [*literals, *(one for _, _, one in open_ors[1:])]
            if either.kind != "or":
                return self._empty(type_name, algebra.conj(type_name, [*rest, either]), followed)
        else:
            either, rest = ors[0], list(literals)
        return all(self._empty(type_name, algebra.conj(type_name, [*rest, option]), followed) for option in either.args)

    def _contradictory(self, type_name: str, literals: set[Term]) -> bool:
        kinds: dict[str, list[Any]] = {}
        for term in literals:
            kinds.setdefault(term.kind, []).append(term.args)
        if "in" in kinds:
            # The other constraints have been applied to the listed values already, as far as they can be.
            return False
        match type_name:
            case "number":
                return self._numbers(kinds, literals)
            case "string":
                return self._strings(kinds)
            case "array":
                return self._arrays(kinds)
            case "object":
                return self._objects(kinds)
        return False

    def _numbers(self, kinds: dict[str, list[Any]], literals: set[Term]) -> bool:
        if "ge" not in kinds or "le" not in kinds:
            return False
        (low, _), (high, _) = kinds["ge"][0], kinds["le"][0]
        if low == high:
            candidates = [low]
        elif "mult" in kinds and (high - low) / kinds["mult"][0] <= MAX_COUNT:
            step = kinds["mult"][0]
            candidates = [low + step * index for index in range(int((high - low) / step) + 1)]
        else:
            return False
        return all(any(self.algebra.holds(term, value) is False for term in literals) for value in candidates)

    def _strings(self, kinds: dict[str, list[Any]]) -> bool:
        if kinds.get("maxlen", [1])[0] == 0:
            terms = [(kind, args) for kind, arguments in kinds.items() for args in arguments]
            return any(self.algebra.holds(self.algebra.lit(kind, args), "") is False for kind, args in terms)
        return False

    def _arrays(self, kinds: dict[str, list[Any]]) -> bool:
        algebra = self.algebra
        places: dict[int, Shape] = dict(kinds.get("item", ()))
        start, rest = next(iter(kinds.get("rest", ())), (None, algebra.anything))
        count = start if start is not None else max(places, default=-1) + 1
        at = [places.get(index, algebra.anything) for index in range(count)]
        high = min(kinds.get("maxitems", ()), default=None)
        low = max(
            [0, *kinds.get("minitems", ()), *(k + 1 for k, _ in kinds.get("somerest", ()))]
            + [n for _, n in kinds.get("atleast", ())]
            + ([2] if "repeated" in kinds else [])
        )
        if high is not None and high < low:
            return True
        if any(self.empty_shape(shape) for shape in at[:low]) or (low > count and self.empty_shape(rest)):
            return True
        reaches_rest = high is None or high > count
        for first, shape in kinds.get("somerest", ()):
            if (not reaches_rest or self.excludes(rest, shape)) and all(
                self.excludes(one, shape) for one in at[first:high]
            ):
                return True
        for shape, least in kinds.get("atleast", ()):
            if reaches_rest and not self.excludes(rest, shape):
                possible = None
            else:
                possible = sum(not self.excludes(one, shape) for one in at[:high])
            if possible is not None and possible < least:
                return True
            for other, most in kinds.get("atmost", ()):
                if most < least and self.excludes(shape, algebra.negate(other)):
                    return True
        for shape, most in kinds.get("atmost", ()):
            opposite = algebra.negate(shape)
            certain = sum(self.excludes(one, opposite) for one in at[:low])
            if low > count and certain + low - count > most and self.excludes(rest, opposite):
                certain += low - count
            if certain > most:
                return True
        if "unique" in kinds and not at and low > 1:
            values = _count(rest)
            return values is not None and values < low
        return False

    def _objects(self, kinds: dict[str, list[Any]]) -> bool:
        algebra = self.algebra
        properties: dict[str, Shape] = dict(kinds.get("prop", ()))
        patterns: dict[str, Shape] = dict(kinds.get("pat", ()))
        others: list[tuple[frozenset[str], frozenset[str], Shape]] = kinds.get("addl", [])
        required: set[str] = set(kinds.get("req", ()))
        names: Term = algebra.conj("string", kinds.get("names", ()))

        def effective(name: str) -> Shape:
            shapes = [properties[name]] if name in properties else []
            shapes += [shape for pattern, shape in patterns.items() if matches(pattern, name)]
            shapes += [shape for known, excluded, shape in others if algebra.is_other(name, known, excluded)]
            if algebra.holds(names, name) is False:
                shapes.append(algebra.nothing)
            return algebra.all_of(shapes) if shapes else algebra.anything

        if any(self.empty_shape(effective(name)) for name in required):
            return True
        if self.empty("string", names) and (required or self._some(kinds)):
            return True
        closed = [known for known, excluded, shape in others if not excluded and self.empty_shape(shape)]
        allowed: frozenset[str] | None = None
        for known in [*closed, *([names.args] if names.kind == "in" else [])]:
            allowed = known if allowed is None else allowed & known
        low = max([0, *kinds.get("minprops", ())])
        high = min(kinds.get("maxprops", ()), default=None)
        if allowed is not None:
            possible = {name for name in allowed if not self.empty_shape(effective(name))}
            if low > len(possible):
                return True
        else:
            possible = set()
        if high is not None and (len(required) > high or (high == 0 and self._some(kinds))):
            return True
        mentioned = set(properties) | required | {name for known, _, _ in others for name in known}
        mentioned |= {name for known, _, _ in kinds.get("someaddl", ()) for name in known}

        def nowhere(shape: Shape, known: frozenset[str], excluded: frozenset[str], within: str | None) -> bool:
            """No property outside `known` and `excluded` (that matches `within`) can have a value of `shape`."""
            candidates = mentioned if allowed is None else possible
            for name in candidates - known:
                if algebra.is_other(name, frozenset(), excluded) is False:
                    continue
                if within is not None and matches(within, name) is False:
                    continue
                if not self.excludes(shape, effective(name)):
                    return False
            if allowed is not None:
                return True
            shapes = [shape] + ([patterns[within]] if within is not None and within in patterns else [])
            sure = [rest for _, barred, rest in others if barred <= excluded]
            if within is not None:
                return self.excludes(*shapes, *sure)
            for pattern, value in patterns.items():
                if pattern not in excluded and not self.excludes(shape, value, *sure):
                    return False
            unlike = {pattern for _, barred, _ in others for pattern in barred} - excluded - set(patterns)
            everything = [rest for _, _, rest in others] if not unlike else sure
            return self.excludes(shape, *everything)

        for known, excluded, shape in kinds.get("someaddl", ()):
            if nowhere(shape, known, excluded, None):
                return True
            if high is not None and len(required & known) + 1 > high:
                return True
        for pattern, shape in kinds.get("somepat", ()):
            if nowhere(shape, frozenset(), frozenset(), pattern):
                return True
        for term in kinds.get("somename", ()):
            if self.empty("string", algebra.conj("string", [names, term])):
                return True
            if allowed is not None and all(algebra.holds(term, name) is False for name in possible):
                return True
        return False

    @staticmethod
    def _some(kinds: dict[str, list[Any]]) -> bool:
        return any(kind in kinds for kind in ("someaddl", "somepat", "somename", "minprops"))


def _count(shape: Shape) -> int | None:
    """How many values a shape has, where it lists them."""
    total = 0
    for name, term in zip(TYPES, shape.terms, strict=True):
        if term.kind == "in":
            total += len(term.args)
        elif name == "null" or (name == "boolean" and term.kind == "true"):
            total += 0 if term.kind == "false" else 1 if name == "null" else 2
        elif term.kind != "false":
            return None
    return total
