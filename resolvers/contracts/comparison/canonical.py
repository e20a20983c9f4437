"""A JSON Schema document as canonical shapes, by the semantics of JSON Schema 2020-12.

References are followed wherever they stand; a schema that contains itself becomes a `ref` constraint where it recurs.
`format` counts as an assertion, since documents are validated with it; `contentEncoding` and its like are annotations.
"""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, NamedTuple

from resolvers.contracts.comparison.expressions import Algebra, Shape
from resolvers.contracts.comparison.resolve import Document, Location, Unresolvable, plain_text
from resolvers.contracts.comparison.values import STRING_FORMATS, TYPES, exact, freeze, type_of

# More conditions than these are not distinguished for `unevaluatedProperties` and `unevaluatedItems`.
MAX_CONDITIONS = 4
Key = tuple[int, tuple[str, ...]]


class Evaluated(NamedTuple):
    """What one subschema evaluates of an object or array when `condition` holds."""

    condition: Shape
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    all_properties: bool = False
    prefix: int = 0
    all_items: bool = False
    contains: frozenset[Shape] = frozenset()


class Canonical:
    """Shapes of one document's schemas. `side` tells the recursive references of two documents apart."""

    def __init__(self, algebra: Algebra, document: Document, side: str) -> None:
        self.algebra, self.document, self.side = algebra, document, side
        self._shapes: dict[Key, Shape | None] = {}
        self._kept: list[Any] = []

    def root(self) -> Shape:
        return self.shape(self.document.root)

    def shape(self, location: Location) -> Shape:
        schema = location.schema
        if schema is True or (isinstance(schema, dict) and not schema):
            return self.algebra.anything
        if not isinstance(schema, dict):
            return self.algebra.nothing if schema is False else self.algebra.anything
        key = (id(schema), location.scope)
        if key in self._shapes:
            cached = self._shapes[key]
            return cached if cached is not None else self._recursion(key)
        text = plain_text(schema)
        if text is not None and text in self.algebra.shared:
            self._shapes[key] = self.algebra.shared[text]
            return self.algebra.shared[text]
        self.algebra.budget.spend()
        self._shapes[key] = None
        self._kept.append(schema)
        shape = self.algebra.all_of(self._parts(location, schema) or [self.algebra.anything])
        self._shapes[key] = shape
        if text is not None:
            self.algebra.shared[text] = shape
            return shape
        self.algebra.refs[(self.side, *key)] = shape
        return shape

    def _recursion(self, key: Key) -> Shape:
        return self.algebra.shape(self.algebra.lit("ref", ((self.side, *key), name)) for name in TYPES)

    def _parts(self, location: Location, schema: dict[str, Any]) -> list[Shape]:
        parts = [
            make(self, schema[keyword], schema, location) for keyword, make in _KEYWORDS.items() if keyword in schema
        ]
        if "unevaluatedProperties" in schema or "unevaluatedItems" in schema:
            parts += self._unevaluated(location, schema)
        return parts

    def inner(self, location: Location, schema: Any) -> Shape:
        return self.shape(self.document.child(location, schema))

    def followed(self, location: Location, keyword: str) -> Location | None:
        try:
            return self.document.follow(location, location.schema[keyword], keyword == "$dynamicRef")
        except Unresolvable:
            return None

    # Exactly one of several

    def one_of(self, shapes: list[Shape]) -> Shape:
        return self.algebra.shape(self._one_of(name, [s[name] for s in shapes]) for name in TYPES)

    def _one_of(self, type_name: str, terms: list[Any]) -> Any:
        algebra = self.algebra
        terms = [term for term in terms if term is not algebra.false]
        either = algebra.disj(type_name, terms)
        if len(terms) <= 1 or _discriminated(terms):
            return either
        both = []
        for index, one in enumerate(terms):
            for other in terms[:index]:
                meeting = algebra.conj(type_name, [one, other])
                if meeting is not algebra.false:
                    both.append(algebra.neg(type_name, meeting))
        return algebra.conj(type_name, [either, *both])

    # Unevaluated properties and items

    def _unevaluated(self, location: Location, schema: dict[str, Any]) -> list[Shape]:
        algebra = self.algebra
        evaluations = list(dict.fromkeys(self._evaluated(location, algebra.anything, frozenset(), own=False)))
        parts = []
        for keyword, type_name, apply in (
            ("unevaluatedProperties", "object", self._other_properties),
            ("unevaluatedItems", "array", self._other_items),
        ):
            if keyword not in schema:
                continue
            rest = self.inner(location, schema[keyword])
            if rest is algebra.anything:
                continue
            certain = [one for one in evaluations if one.condition is algebra.anything]
            possible = [one for one in evaluations if one.condition is not algebra.anything]
            conditions = list(dict.fromkeys(one.condition for one in possible))
            if len(conditions) > MAX_CONDITIONS:
                key = frozenset(
                    (one.condition.id, *one[1:6], frozenset(s.id for s in one.contains)) for one in evaluations
                )
                parts.append(algebra.only(type_name, algebra.lit("opaque", (keyword, rest.id, key))))
                continue
            for truth in product((True, False), repeat=len(conditions)):
                holding = {condition for condition, holds in zip(conditions, truth, strict=True) if holds}
                evaluated = certain + [one for one in possible if one.condition in holding]
                guards = [
                    algebra.negate(condition) if holds else condition
                    for condition, holds in zip(conditions, truth, strict=True)
                ]
                parts.append(algebra.any_of([*guards, algebra.only(type_name, apply(evaluated, rest))]))
        return parts

    def _other_properties(self, evaluated: list[Evaluated], rest: Shape) -> Any:
        if any(one.all_properties for one in evaluated):
            return self.algebra.true
        names = frozenset().union(*(one.names for one in evaluated))
        patterns = frozenset().union(*(one.patterns for one in evaluated))
        return self.algebra.conj("object", [self.algebra.lit("addl", (names, patterns, rest))])

    def _other_items(self, evaluated: list[Evaluated], rest: Shape) -> Any:
        if any(one.all_items for one in evaluated):
            return self.algebra.true
        start = max((one.prefix for one in evaluated), default=0)
        contains = [shape for one in evaluated for shape in one.contains]
        return self.algebra.conj("array", [self.algebra.lit("rest", (start, self.algebra.any_of([rest, *contains])))])

    def _evaluated(
        self, location: Location, condition: Shape, seen: frozenset[Key], own: bool = True
    ) -> Iterable[Evaluated]:
        """What `location` evaluates. `own` is False for the schema whose `unevaluated…` is being made."""
        schema = location.schema
        key = (id(schema), location.scope)
        if not isinstance(schema, dict) or key in seen:
            return
        self.algebra.budget.spend()
        seen |= {key}
        yield Evaluated(
            condition,
            names=frozenset(schema.get("properties", ())),
            patterns=frozenset(schema.get("patternProperties", ())),
            all_properties="additionalProperties" in schema or (own and "unevaluatedProperties" in schema),
            prefix=len(schema.get("prefixItems", ())),
            all_items="items" in schema or (own and "unevaluatedItems" in schema),
            contains=frozenset([self.inner(location, schema["contains"])]) if "contains" in schema else frozenset(),
        )
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(schema.get(keyword), str) and (target := self.followed(location, keyword)) is not None:
                yield from self._evaluated(target, condition, seen)
        for child in schema.get("allOf", ()):
            yield from self._evaluated(self.document.child(location, child), condition, seen)
        for child, holds in self._conditional(location, schema):
            below = [one for one in self._evaluated(child, self.algebra.anything, seen) if any(one[1:])]
            for one in below:
                yield one._replace(condition=self.algebra.all_of([condition, holds(), one.condition]))

    def _conditional(
        self, location: Location, schema: dict[str, Any]
    ) -> Iterable[tuple[Location, Callable[[], Shape]]]:
        document, algebra = self.document, self.algebra
        for keyword in ("anyOf", "oneOf"):
            for child in schema.get(keyword, ()):
                branch = document.child(location, child)
                yield branch, lambda branch=branch: self.shape(branch)
        if "if" in schema:
            test = document.child(location, schema["if"])
            yield test, lambda: self.shape(test)
            if "then" in schema:
                yield document.child(location, schema["then"]), lambda: self.shape(test)
            if "else" in schema:
                yield document.child(location, schema["else"]), lambda: algebra.negate(self.shape(test))
        for name, child in schema.get("dependentSchemas", {}).items():
            required = algebra.lit("req", name)
            there = algebra.shape(required if type_name == "object" else algebra.false for type_name in TYPES)
            yield document.child(location, child), lambda there=there: there


def _discriminated(terms: list[Any]) -> bool:
    """Whether a required property, or the type's own value, has in each of them a value that no other has."""
    values: dict[Any, list[frozenset[Any]]] = {}
    for term in terms:
        literals = term.args if term.kind == "and" else (term,)
        required = {one.args for one in literals if one.kind == "req"}
        for one in literals:
            if one.kind == "in":
                values.setdefault(None, []).append(one.args)
            elif one.kind == "prop" and one.args[0] in required:
                parts = [part for part in one.args[1].terms if part.kind != "false"]
                if parts and all(part.kind == "in" or (part.kind == "true" and i == 0) for i, part in enumerate(parts)):
                    listed = frozenset().union(*(part.args for part in parts if part.kind == "in"))
                    if all(part.kind == "in" for part in parts):
                        values.setdefault(one.args[0], []).append(listed)
    return any(
        len(lists) == len(terms) and sum(map(len, lists)) == len(frozenset().union(*lists)) for lists in values.values()
    )


# Each keyword's meaning: (canonical, value, schema, location) -> shape


def _type(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    names = [value] if isinstance(value, str) else value
    terms = []
    for name in TYPES:
        if name in names:
            terms.append(algebra.true)
        elif name == "number" and "integer" in names:
            terms.append(algebra.lit("mult", exact(1)))
        else:
            terms.append(algebra.false)
    return algebra.shape(terms)


def _enum(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    by_type: dict[str, set[Any]] = {name: set() for name in TYPES}
    for item in value:
        algebra.budget.spend(1 if not isinstance(item, list | dict) else 4)
        frozen = freeze(item)
        by_type[type_of(frozen)].add(frozen)
    null = algebra.true if by_type.pop("null") else algebra.false
    listed = {name: algebra.conj(name, [algebra.lit("in", frozenset(values))]) for name, values in by_type.items()}
    return algebra.shape(null if name == "null" else listed[name] for name in TYPES)


def _const(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return _enum(canonical, [value], schema, location)


def _simple(type_name: str, kind: str, convert: Callable[[Any], Any]) -> Callable[..., Shape]:
    def make(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
        algebra = canonical.algebra
        term = algebra.conj(type_name, [algebra.lit(kind, convert(value))])
        return algebra.only(type_name, term)

    return make


def _format(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    term = canonical.algebra.lit("format", value)
    if value in STRING_FORMATS:
        return canonical.algebra.only("string", term)
    return canonical.algebra.shape(
        term if name in ("number", "string", "array", "object") else canonical.algebra.true for name in TYPES
    )


def _unique(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return canonical.algebra.only("array", canonical.algebra.lit("unique")) if value else canonical.algebra.anything


def _prefix_items(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    terms = [algebra.lit("item", (i, canonical.inner(location, child))) for i, child in enumerate(value)]
    return algebra.only("array", algebra.conj("array", terms))


def _items(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    term = algebra.lit("rest", (len(schema.get("prefixItems", ())), canonical.inner(location, value)))
    return algebra.only("array", algebra.conj("array", [term]))


def _contains(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    shape = canonical.inner(location, value)
    terms = [algebra.lit("atleast", (shape, int(schema.get("minContains", 1))))]
    if "maxContains" in schema:
        terms.append(algebra.lit("atmost", (shape, int(schema["maxContains"]))))
    return algebra.only("array", algebra.conj("array", terms))


def _properties(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    terms = [algebra.lit("prop", (name, canonical.inner(location, child))) for name, child in value.items()]
    return algebra.only("object", algebra.conj("object", terms))


def _pattern_properties(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    terms = [algebra.lit("pat", (pattern, canonical.inner(location, child))) for pattern, child in value.items()]
    return algebra.only("object", algebra.conj("object", terms))


def _additional_properties(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    names, patterns = frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ()))
    term = algebra.lit("addl", (names, patterns, canonical.inner(location, value)))
    return algebra.only("object", algebra.conj("object", [term]))


def _property_names(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    return algebra.only(
        "object", algebra.conj("object", [algebra.lit("names", canonical.inner(location, value)["string"])])
    )


def _required(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    return algebra.only("object", algebra.conj("object", [algebra.lit("req", name) for name in value]))


def _dependent_required(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    terms = [
        algebra.disj(
            "object",
            [
                algebra.lit("prop", (name, algebra.nothing)),
                algebra.conj("object", [algebra.lit("req", other) for other in others]),
            ],
        )
        for name, others in value.items()
    ]
    return algebra.only("object", algebra.conj("object", terms))


def _dependent_schemas(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    terms = [
        algebra.disj(
            "object", [algebra.lit("prop", (name, algebra.nothing)), canonical.inner(location, child)["object"]]
        )
        for name, child in value.items()
    ]
    return algebra.only("object", algebra.conj("object", terms))


def _dependencies(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    """Left out of 2020-12 for the two above, but validators still know it."""
    required = {name: others for name, others in value.items() if isinstance(others, list)}
    schemas = {name: child for name, child in value.items() if not isinstance(child, list)}
    return canonical.algebra.all_of(
        [
            _dependent_required(canonical, required, schema, location),
            _dependent_schemas(canonical, schemas, schema, location),
        ]
    )


def _all_of(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return canonical.algebra.all_of([canonical.inner(location, child) for child in value])


def _any_of(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return canonical.algebra.any_of([canonical.inner(location, child) for child in value])


def _one_of(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return canonical.one_of([canonical.inner(location, child) for child in value])


def _not(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    return canonical.algebra.negate(canonical.inner(location, value))


def _if(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
    algebra = canonical.algebra
    test = canonical.inner(location, value)
    parts = [algebra.anything]
    if "then" in schema:
        parts.append(algebra.any_of([algebra.negate(test), canonical.inner(location, schema["then"])]))
    if "else" in schema:
        parts.append(algebra.any_of([test, canonical.inner(location, schema["else"])]))
    return algebra.all_of(parts)


def _reference(keyword: str) -> Callable[..., Shape]:
    def make(canonical: Canonical, value: Any, schema: dict[str, Any], location: Location) -> Shape:
        target = canonical.followed(location, keyword)
        if target is None:
            term = canonical.algebra.lit("opaque", (keyword, value))
            return canonical.algebra.shape(term for _ in TYPES)
        return canonical.shape(target)

    return make


_KEYWORDS: dict[str, Callable[..., Shape]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _simple("number", "ge", lambda value: (exact(value), False)),
    "exclusiveMinimum": _simple("number", "ge", lambda value: (exact(value), True)),
    "maximum": _simple("number", "le", lambda value: (exact(value), False)),
    "exclusiveMaximum": _simple("number", "le", lambda value: (exact(value), True)),
    "multipleOf": _simple("number", "mult", exact),
    "minLength": _simple("string", "minlen", int),
    "maxLength": _simple("string", "maxlen", int),
    "pattern": _simple("string", "pattern", str),
    "format": _format,
    "minItems": _simple("array", "minitems", int),
    "maxItems": _simple("array", "maxitems", int),
    "uniqueItems": _unique,
    "prefixItems": _prefix_items,
    "items": _items,
    "contains": _contains,
    "minProperties": _simple("object", "minprops", int),
    "maxProperties": _simple("object", "maxprops", int),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "dependencies": _dependencies,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "$ref": _reference("$ref"),
    "$dynamicRef": _reference("$dynamicRef"),
}
