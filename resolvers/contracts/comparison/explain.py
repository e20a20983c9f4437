"""Lists the changes between two schemas, place by place, each with its rule.

The verdict comes from `decide`. If every new document is proven to have been allowed before, no constraint is reported
as loosened; otherwise at least one change is BREAKING. The walk in this module only finds the rule and message that
describe it best.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from resolvers.contracts.changes import RULES, Severity
from resolvers.contracts.comparison.decide import Decider
from resolvers.contracts.comparison.expressions import Algebra, Shape, Term
from resolvers.contracts.comparison.outline import CLASSIFICATIONS, TEXTS, Outline, Place
from resolvers.contracts.comparison.paths import Element, Path, Property, Values
from resolvers.contracts.comparison.resolve import Location, plain_text
from resolvers.contracts.comparison.values import TYPES, thaw
from resolvers.contracts.comparison.witness import at_index, at_name
from resolvers.model.records import Classification

# A property name that no schema declares: what holds for it holds for all other properties.
OTHER = "\x00other"
KINDS = ("object", "array", "string", "number", "integer", "boolean")
ORDER = list(Classification)


class Finding(NamedTuple):
    """A change at `path`, relative to where it was looked for; `\\0` in `message` stands for that place.

    `required` are the values at `within` that the new schema allows and the old one did not, None where any will do.
    """

    rule: str
    path: Path
    message: str
    before: Any
    after: Any
    within: Path = ()
    required: Shape | None = None

    @property
    def breaking(self) -> bool:
        return RULES[self.rule].severity is Severity.BREAKING

    def below(self, step: Any) -> "Finding":
        return self._replace(path=(step, *self.path), within=(step, *self.within))


class _Side(NamedTuple):
    shape: Shape
    place: Place


class _Pair(NamedTuple):
    """One place in both schemas, and whether the new values there are proven to be old ones."""

    old: _Side
    new: _Side
    proven: bool

    @property
    def key(self) -> Any:
        return self.old.shape.id, self.old.place.key, self.new.shape.id, self.new.place.key, self.proven


class Explainer:
    def __init__(
        self, algebra: Algebra, decider: Decider, old: Outline, new: Outline, stored_types: bool = False
    ) -> None:
        """`stored_types`: the data format stores types, so that readers cannot decode narrower ones."""
        self.algebra, self.decider, self.old, self.new, self.stored = algebra, decider, old, new, stored_types
        self._known: dict[Any, list[Finding]] = {}
        self._open: dict[Any, int] = {}

    def explain(self, old: Shape, new: Shape) -> list[Finding]:
        pair = self._pair(_Side(old, self.old.root()), _Side(new, self.new.root()), False)
        return self._at(pair)[0]

    def _pair(self, old: _Side, new: _Side, proven: bool) -> _Pair:
        old, new = (side._replace(shape=self._followed(side.shape)) for side in (old, new))
        return _Pair(old, new, proven or self.decider.proves(new.shape, old.shape))

    def _at(self, pair: _Pair) -> tuple[list[Finding], int]:
        """The findings at the pair and below, and the outermost pair in work that they rely on."""
        if pair.key in self._known:
            cached = self._known[pair.key]
            self.algebra.budget.spend(len(cached))
            return cached, len(self._open)
        if pair.key in self._open:
            return [], self._open[pair.key]
        depth = self._open[pair.key] = len(self._open)
        self.algebra.budget.spend()
        findings = list(self._here(pair))
        outermost = depth
        for step, child in self._children(pair):
            below, relies_on = self._at(child)
            outermost = min(outermost, relies_on)
            self.algebra.budget.spend(len(below))
            findings += [finding.below(step) for finding in below]
        findings += self._conditions(pair, findings, outermost < depth)
        del self._open[pair.key]
        if outermost >= depth:
            self._known[pair.key] = findings
        return findings, outermost

    def _followed(self, shape: Shape) -> Shape:
        """The schema that a recursive reference stands for."""
        first = shape.terms[0]
        if first.kind == "ref" and all(term.kind == "ref" and term.args[0] == first.args[0] for term in shape.terms):
            return self.algebra.refs.get(first.args[0], shape)
        return shape

    # This place

    def _here(self, pair: _Pair) -> Iterator[Finding]:
        yield from self._types(pair)
        yield from self._bounds(pair)
        yield from _texts(pair.old.place, pair.new.place)
        yield from self._fields(pair)

    def _types(self, pair: _Pair) -> Iterator[Finding]:
        old, new = pair.old.shape, pair.new.shape
        if old is new:
            return
        before, after = self._kinds(old), self._kinds(new)
        listed_before, listed_after = _listed(old), _listed(new)
        null_before, null_after = self._inhabited(old, "null"), self._inhabited(new, "null")
        if before and after and null_before != null_after and (before >= _ALL) == (after >= _ALL):
            rule = "field_became_nullable" if null_after else "field_became_non_nullable"
            if not (null_after and pair.proven):
                words = "nullable" if null_after else "non-nullable"
                yield Finding(rule, (), f"\0 became {words}.", null_before, null_after, required=self._null(null_after))
        else:
            before |= {"null"} if null_before else set()
            after |= {"null"} if null_after else set()
        if listed_before is not None and listed_after is not None and before - {"null"} and after - {"null"}:
            yield from self._values(listed_before, listed_after, pair)
            return
        if listed_before is not None and listed_after is None and after - {"null"}:
            yield (
                Finding("enum_dropped", (), "\0 no longer lists its values.", _shown(listed_before), None)
                if (not pair.proven)
                else Finding("constraint_tightened", (), "\0 lists its values no longer.", _shown(listed_before), None)
            )
        if listed_before is None and listed_after is not None and before - {"null"}:
            yield Finding("enum_introduced", (), "\0 now lists its values.", None, _shown(listed_after))
            if _within(after, before) and not pair.new.place.typed:
                return
        if before != after:
            yield self._type_change(before, after, pair)
        elif before >= _ALL and old is self.algebra.anything and pair.new.place.typed and not pair.old.place.typed:
            yield Finding(
                "type_narrowed", (), f"\0 went from any to {' or '.join(sorted(after))}.", ["any"], sorted(after)
            )

    def _null(self, allowed: bool) -> Shape | None:
        algebra = self.algebra
        return (
            algebra.only("null", algebra.true)
            if not allowed
            else algebra.shape(algebra.true if name == "null" else algebra.false for name in TYPES)
        )

    def _type_change(self, before: set[str], after: set[str], pair: _Pair) -> Finding:
        narrowed, widened = pair.proven or _within(after, before), _within(before, after)
        rule = "type_narrowed" if narrowed else "type_widened" if widened else "type_changed"
        if not narrowed and (pair.old.place.composed or pair.new.place.composed):
            rule = "composition_changed"
        if rule == "type_narrowed" and self.stored:
            rule = "type_narrowed_physically"
        had, has = _named(before), _named(after)
        return Finding(rule, (), f"\0 went from {' or '.join(had)} to {' or '.join(has)}.", had, has)

    def _values(self, before: frozenset[Any], after: frozenset[Any], pair: _Pair) -> Iterator[Finding]:
        if before == after:
            return
        had, has = _shown(before), _shown(after)
        for value in _shown(before - after):
            yield Finding("enum_value_removed", (), f"\0 lost the value {_quoted(value)}.", had, has)
        for value in _shown(after - before):
            self.algebra.budget.spend()
            yield Finding("enum_value_added", (), f"\0 gained the value {_quoted(value)}.", had, has)

    def _kinds(self, shape: Shape) -> set[str]:
        return {
            "integer" if name == "number" and _whole(self.algebra, shape["number"]) else name
            for name in TYPES
            if name != "null" and self._inhabited(shape, name)
        }

    def _inhabited(self, shape: Shape, name: str) -> bool:
        return not self.decider.within(name, shape[name], self.algebra.false)

    # Bounds and other simple constraints

    def _bounds(self, pair: _Pair) -> Iterator[Finding]:
        for name in ("number", "string", "array", "object"):
            old, new = pair.old.shape[name], pair.new.shape[name]
            if old is new or old.kind == "false" or new.kind == "false":
                continue
            before, after = _groups(name, old), _groups(name, new)
            finite = any(part.kind == "in" for term in (old, new) for part in _parts(term))
            for keyword in sorted(before.keys() | after.keys()):
                had, has = before.get(keyword), after.get(keyword)
                if had == has:
                    continue
                yield from self._bound(name, keyword, had, has, pair, finite)

    def _bound(
        self,
        name: str,
        keyword: str,
        had: frozenset[Term] | None,
        has: frozenset[Term] | None,
        pair: _Pair,
        finite: bool,
    ) -> Iterator[Finding]:
        algebra, decider = self.algebra, self.decider
        whole_old, whole_new = (algebra.conj(name, terms or ()) for terms in (had, has))
        kept = pair.proven or decider.within(name, pair.new.shape[name], whole_old)
        if kept and finite:
            return
        if kept:
            rule = "constraint_tightened"
        else:
            loosened = not has or decider.within(name, whole_old, whole_new)
            rule = "constraint_loosened" if loosened else "constraint_changed"
        (name_before, before), (name_after, after) = _worded(keyword, had), _worded(keyword, has)
        had_text = f"{name_before} {'unset' if before is None else before}"
        has_text = "unset" if after is None else after if name_after == name_before else f"{name_after} {after}"
        words = (
            f"\0 had {had_text}, now {has_text}." if before is not None else f"\0 had {name_after} unset, now {after}."
        )
        required = None if kept else algebra.all_of([pair.new.shape, algebra.negate(algebra.only(name, whole_old))])
        yield Finding(rule, (), words, before, after, required=required)

    # Fields

    def _fields(self, pair: _Pair) -> Iterator[Finding]:
        algebra = self.algebra
        old, new = pair.old.shape["object"], pair.new.shape["object"]
        before, after = pair.old.place.fields, pair.new.place.fields
        algebra.budget.spend((len(before) + len(after)) // 4)
        certain_before, certain_after = self._certain(old, 0), self._certain(new, 0)
        objects = old.kind != "false" and new.kind != "false"
        for name in before:
            if name not in after:
                yield Finding("field_removed", (Property(name),), "\0 was removed.", _json(before[name]), None)
        for name in after:
            if name not in before:
                rule, kind = ("required_field_added", "required") if name in certain_after else ("field_added", "")
                words = f"\0 was added{', ' + kind if kind else ''}."
                yield Finding(rule, (Property(name),), words, None, _json(after[name]))
        if not objects:
            return
        for name in sorted(certain_before - certain_after):
            if not pair.proven and (name in after or name not in before):
                required = algebra.only("object", algebra.lit("prop", (name, algebra.nothing)))
                required = algebra.all_of([pair.new.shape, required])
                yield Finding(
                    "field_became_optional", (Property(name),), "\0 is no longer required.", True, False, (), required
                )
        for name in sorted(certain_after - certain_before):
            if name in before or name not in after:
                yield Finding("field_became_required", (Property(name),), "\0 became required.", False, True)
        if old is new:
            return
        closed_before, closed_after = (at_name(algebra, term, OTHER) is algebra.nothing for term in (old, new))
        if closed_before != closed_after:
            tight = closed_after or pair.proven
            rule = "constraint_tightened" if tight else "constraint_loosened"
            words = "\0 " + ("takes no other fields now." if closed_after else "takes other fields now.")
            yield Finding(rule, (), words, not closed_before, not closed_after)

    def _certain(self, term: Term, depth: int) -> set[str]:
        """The properties that every object has."""
        algebra = self.algebra
        algebra.budget.spend()
        match term.kind:
            case "req":
                return {term.args}
            case "and":
                return set().union(*(self._certain(part, depth) for part in term.args))
            case "or":
                return set.intersection(*(self._certain(part, depth) for part in term.args))
            case "in":
                return set.intersection(*({name for name, _ in value[1]} for value in term.args))
            case "ref" if depth < 3 and term.args[0] in algebra.refs:
                return self._certain(algebra.refs[term.args[0]]["object"], depth + 1)
        return set()

    # Places below

    def _children(self, pair: _Pair) -> Iterator[tuple[Any, _Pair]]:
        algebra = self.algebra
        old, new = pair.old, pair.new
        object_before, object_after = old.shape["object"], new.shape["object"]
        if object_before.kind != "false" and object_after.kind != "false":
            for name in list(dict.fromkeys((*old.place.fields, *new.place.fields))):
                if name not in new.place.fields:
                    continue
                before, after = at_name(algebra, object_before, name), at_name(algebra, object_after, name)
                added = name not in old.place.fields
                if added and (pair.proven or self.decider.proves(after, before)):
                    continue
                if before is after and _untouched(old.place.fields.get(name, ()), new.place.fields[name]):
                    continue
                yield (
                    Property(name),
                    self._pair(
                        _Side(before, self.old.place(old.place.fields.get(name, ()))),
                        _Side(after, self.old_or_new(new.place.fields[name], added)),
                        pair.proven,
                    ),
                )
            before, after = at_name(algebra, object_before, OTHER), at_name(algebra, object_after, OTHER)
            if algebra.nothing not in (before, after):
                yield from self._child(Values(), pair, before, after, old.place.values, new.place.values)
            yield from self._patterns(pair, object_before, object_after)
        array_before, array_after = old.shape["array"], new.shape["array"]
        if array_before.kind != "false" and array_after.kind != "false":
            yield from self._elements(pair, array_before, array_after)

    def old_or_new(self, locations: Any, added: bool) -> Place:
        """An added field is not annotated anew: only its values are compared."""
        place = self.new.place(locations)
        return place._replace(annotations={}, key=place.key | {(-1, ())}) if added else place

    def _child(
        self, step: Any, pair: _Pair, before: Shape, after: Shape, old_at: Any, new_at: Any
    ) -> Iterator[tuple[Any, _Pair]]:
        if before is after and ((not old_at and not new_at) or _untouched(old_at, new_at)):
            return
        old_place, new_place = self.old.place(old_at), self.new.place(new_at)
        yield step, self._pair(_Side(before, old_place), _Side(after, new_place), pair.proven)

    def _patterns(self, pair: _Pair, old: Term, new: Term) -> Iterator[tuple[Any, _Pair]]:
        algebra = self.algebra
        before, after = ({p.args[0]: p.args[1] for p in _parts(term) if p.kind == "pat"} for term in (old, new))
        for pattern in sorted(before.keys() & after.keys()):
            if before[pattern] is not after[pattern] and algebra.nothing not in (before[pattern], after[pattern]):
                yield from self._child(Values(), pair, before[pattern], after[pattern], (), ())

    def _elements(self, pair: _Pair, old: Term, new: Term) -> Iterator[tuple[Any, _Pair]]:
        algebra = self.algebra
        before, after = pair.old.place, pair.new.place
        count = max(_places(old), _places(new), len(before.prefix), len(after.prefix))
        for index in range(count):
            old_at = before.prefix[index] if index < len(before.prefix) else before.items
            new_at = after.prefix[index] if index < len(after.prefix) else after.items
            old_shape, new_shape = at_index(algebra, old, index), at_index(algebra, new, index)
            if algebra.nothing not in (old_shape, new_shape):
                yield from self._child(Element(index), pair, old_shape, new_shape, old_at, new_at)
        old_shape, new_shape = at_index(algebra, old, count), at_index(algebra, new, count)
        if algebra.nothing not in (old_shape, new_shape):
            yield from self._child(Element(), pair, old_shape, new_shape, before.items, after.items)

    # What is left

    def _conditions(self, pair: _Pair, findings: list[Finding], relies_on_open: bool) -> Iterator[Finding]:
        """A change for what no other finding explains, so that no difference goes unreported."""
        old, new = pair.old.shape, pair.new.shape
        if old is new or relies_on_open:
            return
        if pair.proven:
            if not any(finding.rule not in _ANNOTATIONS for finding in findings) and not self.decider.same(old, new):
                yield Finding("constraint_tightened", (), "\0 is described more narrowly.", None, None)
            return
        breaks = [finding for finding in findings if finding.breaking and finding.rule not in _NO_VALUES]
        parts = self.decider.unproven(new, old)
        left = [
            (name, part)
            for name in parts
            for part in _parts(old[name])
            if not _explained(part, breaks, pair) and not self.decider.within(name, new[name], part)
        ]
        if breaks and not left:
            return
        left = left or [(name, old[name]) for name in parts]
        keywords = sorted({word for _, part in left for word in _keywords(part)})
        about = f" ({', '.join(keywords)})" if keywords else ""
        fields = sorted({name for _, part in left for name in _mentioned(part)})
        about += f" on {', '.join(fields[:10])}" if fields else ""
        named = " or ".join(dict.fromkeys(name for name, _ in left)) or "value"
        words = f"\0 changed its conditions{about}: that every {named} it allows now was allowed before is not proven."
        yield Finding("composition_changed", (), words, None, None)


def _mentioned(part: Term) -> set[str]:
    """The names of the properties that a constraint is about."""
    names: set[str] = set()
    pending = [part]
    while pending:
        term = pending.pop()
        if term.kind in ("and", "or"):
            pending += term.args
        elif term.kind in ("prop", "req"):
            names.add(term.args[0] if term.kind == "prop" else term.args)
    return names


def _explained(part: Term, breaks: list[Finding], pair: _Pair) -> bool:
    """Whether a break that was found concerns what the old constraint is about."""
    if part.kind in ("req", "item", "rest", "addl") or (part.kind == "prop" and part.args[0] in pair.new.place.fields):
        # Each has been compared by itself, as a field, an element or a value.
        return True
    steps, names = set(), _mentioned(part)
    pending = [part]
    while pending:
        term = pending.pop()
        if term.kind in ("and", "or"):
            pending += term.args
        elif term.kind in ("pat", "addl", "somepat", "someaddl"):
            steps.add(Values)
        elif term.kind in ("item", "rest", "somerest", "atleast", "atmost"):
            steps.add(Element)
    for finding in breaks:
        step = finding.path[0] if finding.path else None
        if step is None or type(step) in steps or (isinstance(step, Property) and step.name in names):
            return True
        if isinstance(step, Property) and Values in steps and step.name not in pair.old.place.fields:
            return True
    return False


_ALL = set(KINDS) - {"integer"}
_ANNOTATIONS = frozenset(
    {"annotation_changed", "field_description_changed", "field_classification_raised", "field_classification_lowered"}
)
# Breaking by themselves, whatever documents are allowed.
_NO_VALUES = frozenset({"field_classification_raised", "enum_value_removed", "type_narrowed_physically"})
_WORDS = {
    "or": "anyOf or if", "notin": "not", "notmult": "not", "notpattern": "not", "notformat": "not", "repeated": "not",
    "somerest": "not", "atleast": "contains", "atmost": "maxContains", "pat": "patternProperties",
    "somepat": "not", "addl": "additionalProperties", "someaddl": "not", "names": "propertyNames", "somename": "not",
    "ref": "$ref", "notref": "not", "opaque": "unevaluatedProperties", "notopaque": "not", "pattern": "pattern",
    "format": "format", "prop": "properties", "item": "items", "rest": "items", "req": "required", "in": "enum",
}  # fmt: skip
_SIMPLE: dict[str, dict[str, str]] = {
    "number": {"ge": "minimum", "le": "maximum", "mult": "multipleOf", "format": "format"},
    "string": {"minlen": "minLength", "maxlen": "maxLength", "pattern": "pattern", "format": "format"},
    "array": {"minitems": "minItems", "maxitems": "maxItems", "unique": "uniqueItems", "format": "format"},
    "object": {"minprops": "minProperties", "maxprops": "maxProperties", "names": "propertyNames", "format": "format"},
}


def _parts(term: Term) -> frozenset[Term]:
    return term.args if term.kind == "and" else frozenset((term,))


def _keywords(term: Term) -> set[str]:
    return {_WORDS.get(part.kind, part.kind) for part in _parts(term) if part.kind in _WORDS}


def _groups(name: str, term: Term) -> dict[str, frozenset[Term]]:
    groups: dict[str, set[Term]] = {}
    for part in _parts(term):
        keyword = _SIMPLE[name].get(part.kind)
        if keyword is not None and not (keyword == "multipleOf" and part.args == 1):
            groups.setdefault(keyword, set()).add(part)
    return {keyword: frozenset(terms) for keyword, terms in groups.items()}


def _worded(keyword: str, terms: frozenset[Term] | None) -> tuple[str, Any]:
    """The keyword and its value as a schema would write them."""
    shown = []
    for term in terms or ():
        args = term.args
        if term.kind in ("ge", "le"):
            if args[1]:
                keyword = "exclusiveMinimum" if term.kind == "ge" else "exclusiveMaximum"
            shown.append(thaw(args[0]))
        elif term.kind == "mult":
            shown.append(thaw(args))
        elif term.kind == "unique":
            shown.append(True)
        elif term.kind == "names":
            shown.append(repr(args))
        else:
            shown.append(args)
    return keyword, None if not shown else shown[0] if len(shown) == 1 else sorted(shown, key=str)


def _whole(algebra: Algebra, term: Term) -> bool:
    match term.kind:
        case "mult":
            return term.args.denominator == 1
        case "in":
            return all(value.denominator == 1 for value in term.args)
        case "and":
            return any(_whole(algebra, part) for part in term.args)
        case "or":
            return all(_whole(algebra, part) for part in term.args)
        case "ref":
            return False
    return False


def _listed(shape: Shape) -> frozenset[Any] | None:
    """The values other than null, when the shape lists them."""
    elements: set[Any] = set()
    for name, term in zip(TYPES[1:], shape.terms[1:], strict=True):
        listed = next((part.args for part in _parts(term) if part.kind == "in"), None)
        if listed is not None:
            elements |= listed
        elif name == "boolean" and term.kind == "true":
            elements |= {("b", True), ("b", False)}
        elif term.kind != "false":
            return None
    if elements and elements <= {("b", True), ("b", False)} and len(elements) == 2:
        return None
    return frozenset(elements) if elements else None


def _shown(values: frozenset[Any]) -> list[Any]:
    return sorted((thaw(value) for value in values), key=lambda value: (str(type(value)), str(value)))


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:100] + "…"


def _named(kinds: set[str]) -> list[str]:
    return sorted(kinds) if kinds and not kinds >= _ALL else ["any"] if kinds else ["nothing"]


def _within(inner: set[str], outer: set[str]) -> bool:
    return all(kind in outer or (kind == "integer" and "number" in outer) for kind in inner)


def _places(term: Term) -> int:
    if term.kind in ("and", "or"):
        return max((_places(part) for part in term.args), default=0)
    return term.args[0] + 1 if term.kind == "item" else term.args[0] if term.kind == "rest" else 0


def _untouched(old: tuple[Location, ...], new: tuple[Location, ...]) -> bool:
    """Whether both are one schema each, in the same words and without references."""
    if len(old) != 1 or len(new) != 1:
        return False
    text = plain_text(old[0].schema)
    return text is not None and text == plain_text(new[0].schema)


def _json(locations: Any) -> Any:
    return locations[0].schema if locations else None


def _texts(old: Place, new: Place) -> Iterator[Finding]:
    before, after = old.annotations, new.annotations
    if before == after:
        return
    texts = [{k: _one(annotations[k]) for k in TEXTS if k in annotations} for annotations in (before, after)]
    if any(before.get(keyword) != after.get(keyword) for keyword in TEXTS):
        yield Finding("field_description_changed", (), "\0 is described anew.", texts[0], texts[1])
    had, has = _classified(before), _classified(after)
    if had != has:
        rule = "field_classification_raised" if _rank(has) > _rank(had) else "field_classification_lowered"
        words = f"\0 went from {had or 'no classification'} to {has or 'none'}."
        yield Finding(rule, (), words, had, has)
    for keyword in sorted(before.keys() | after.keys()):
        if keyword not in TEXTS and keyword not in CLASSIFICATIONS and before.get(keyword) != after.get(keyword):
            old_value, new_value = _one(before.get(keyword)), _one(after.get(keyword))
            yield Finding("annotation_changed", (), f"\0 changed its '{keyword[:100]}'.", old_value, new_value)


def _one(values: frozenset[Any] | None) -> Any:
    shown = _shown(values) if values else []
    return None if not shown else shown[0] if len(shown) == 1 else shown


def _classified(annotations: dict[str, frozenset[Any]]) -> str | None:
    """The most protective one that is stated."""
    stated = [str(value).upper() for keyword in CLASSIFICATIONS for value in annotations.get(keyword, ())]
    return max(stated, key=_rank, default=None)


def _rank(classification: str | None) -> int:
    return ORDER.index(Classification(classification)) if classification in ORDER else -1
