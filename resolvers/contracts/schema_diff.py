"""What changed between two JSON Schemas, field by field, following the nesting."""

from collections.abc import Iterator
from typing import Any

import orjson

from resolvers.contracts.changes import Change, change
from resolvers.contracts.schema_view import LOWER_BOUNDS, Document, View
from resolvers.model.records import Classification

# Formats that store a type with the data; JSON, CSV and Avro readers promote an integer to a number by themselves.
PHYSICAL = frozenset({"parquet", "protobuf", "orc", "arrow", "delta", "iceberg"})
MAX_NESTING = 64
Path = tuple[str, ...]
ORDER = list(Classification)


def diff_schemas(old: Any, new: Any, data_format: str = "json") -> list[Change]:
    """Every change, in the order of the old schema's fields, then the added ones."""
    walk = _Walk(Document(old), Document(new), data_format)
    return list(walk.schemas(old, new, ()))


class _Walk:
    def __init__(self, old: Document, new: Document, data_format: str) -> None:
        self.old, self.new, self.physical = old, new, data_format in PHYSICAL
        self.entered: set[tuple[str, str]] = set()

    def schemas(self, old: Any, new: Any, path: Path) -> Iterator[Change]:
        before, after = self.old.view(old), self.new.view(new)
        # A pair of references met before is a recursive structure: what it says was said where it was entered.
        if before.reference and after.reference:
            pair = (before.reference, after.reference)
            if pair in self.entered:
                return
            self.entered.add(pair)
        yield from self.types(before, after, path)
        yield from values(before, after, path)
        yield from bounds(before, after, path)
        yield from texts(before, after, path)
        if len(path) < MAX_NESTING:
            yield from self.fields(before, after, path)
            yield from self.elements(before, after, path)
        if before.reference and after.reference:
            self.entered.discard((before.reference, after.reference))

    def fields(self, old: View, new: View, path: Path) -> Iterator[Change]:
        for name, schema in old.properties.items():
            at = (*path, name)
            if name not in new.properties:
                yield field_change("field_removed", at, f"Field '{text(at)}' was removed.", schema, None)
                continue
            if name in old.required and name not in new.required:
                yield field_change(
                    "field_became_optional", at, f"Field '{text(at)}' is no longer required.", True, False
                )
            elif name in new.required and name not in old.required:
                yield field_change("field_became_required", at, f"Field '{text(at)}' became required.", False, True)
            yield from self.schemas(schema, new.properties[name], at)
        for name, schema in new.properties.items():
            if name not in old.properties:
                at = (*path, name)
                rule, kind = (
                    ("required_field_added", "Required field") if name in new.required else ("field_added", "Field")
                )
                yield field_change(rule, at, f"{kind} '{text(at)}' was added.", None, schema)

    def elements(self, old: View, new: View, path: Path) -> Iterator[Change]:
        if old.items is not None or new.items is not None:
            yield from self.schemas(old.items or {}, new.items or {}, (*path, "[]"))
        if old.values is not None or new.values is not None:
            yield from self.schemas(old.values or {}, new.values or {}, (*path, "{}"))
        for index in range(max(len(old.prefix), len(new.prefix))):
            before, after = ((view.prefix[index] if index < len(view.prefix) else {}) for view in (old, new))
            yield from self.schemas(before, after, (*path, f"[{index}]"))

    def types(self, old: View, new: View, path: Path) -> Iterator[Change]:
        if old.nullable != new.nullable and path and old.types and new.types:
            rule = "field_became_nullable" if new.nullable else "field_became_non_nullable"
            what = f"{called(path)} became {'nullable' if new.nullable else 'non-nullable'}."
            yield field_change(rule, path, what, old.nullable, new.nullable)
        if old.types != new.types:
            narrowed, widened = within(new.types, old.types), within(old.types, new.types)
            rule = "type_narrowed" if narrowed else "type_widened" if widened else "type_changed"
            if rule == "type_narrowed" and self.physical:
                rule = "type_narrowed_physically"
            before, after = sorted(old.types) or ["any"], sorted(new.types) or ["any"]
            what = f"{called(path)} went from {' or '.join(before)} to {' or '.join(after)}."
            yield field_change(rule, path, what, before, after)


def within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    """Every value of `inner` is one of `outer`; an empty set allows everything, and an integer is a number."""
    if not outer:
        return True
    return bool(inner) and all(kind in outer or (kind == "integer" and "number" in outer) for kind in inner)


def values(old: View, new: View, path: Path) -> Iterator[Change]:
    before, after = listed(old.enum), listed(new.enum)
    if old.enum is None and new.enum is not None:
        yield field_change("enum_introduced", path, f"{called(path)} now lists its values.", None, after)
    elif new.enum is None and old.enum is not None:
        yield field_change("enum_dropped", path, f"{called(path)} no longer lists its values.", before, None)
    elif old.enum is not None and new.enum is not None:
        for value in listed(old.enum - new.enum):
            yield field_change("enum_value_removed", path, f"{called(path)} lost the value {value!r}.", before, after)
        for value in listed(new.enum - old.enum):
            yield field_change("enum_value_added", path, f"{called(path)} gained the value {value!r}.", before, after)


def listed(enum: frozenset[str] | None) -> list[Any]:
    return [orjson.loads(value) for value in sorted(enum or ())]


def bounds(old: View, new: View, path: Path) -> Iterator[Change]:
    for keyword in sorted(old.bounds.keys() | new.bounds.keys()):
        before, after = old.bounds.get(keyword), new.bounds.get(keyword)
        if before != after:
            yield constraint(keyword, before, after, path, tighter(keyword, before, after))
    if old.multiple_of != new.multiple_of:
        before, after = old.multiple_of, new.multiple_of
        finer = before is None or (after is not None and (after / before).is_integer())
        yield constraint("multipleOf", before, after, path, finer)
    if old.unique != new.unique:
        yield constraint("uniqueItems", old.unique, new.unique, path, new.unique)
    for keyword, before, after in (("pattern", old.pattern, new.pattern), ("format", old.format, new.format)):
        if before != after:
            known = None if before is not None and after is not None else before is None
            yield constraint(keyword, before, after, path, known)
    for keyword in sorted(old.opaque.keys() | new.opaque.keys()):
        before, after = old.opaque.get(keyword), new.opaque.get(keyword)
        if before != after:
            yield field_change("composition_changed", path, f"{called(path)} changed its '{keyword}'.", before, after)


def tighter(keyword: str, before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is None
    return after > before if keyword in LOWER_BOUNDS else after < before


def constraint(keyword: str, before: Any, after: Any, path: Path, tightened: bool | None) -> Change:
    """`tightened` None: neither of the two implies the other."""
    rule = {True: "constraint_tightened", False: "constraint_loosened", None: "constraint_changed"}[tightened]
    had, has = ("unset" if value is None else value for value in (before, after))
    what = f"{called(path)} had {keyword} {had}, now {has}."
    return field_change(rule, path, what, before, after)


def texts(old: View, new: View, path: Path) -> Iterator[Change]:
    if old.texts != new.texts:
        yield field_change(
            "field_description_changed", path, f"{called(path)} is described anew.", old.texts, new.texts
        )
    if old.classification != new.classification:
        raised = rank(new.classification) > rank(old.classification)
        rule = "field_classification_raised" if raised else "field_classification_lowered"
        what = (
            f"{called(path)} went from {old.classification or 'no classification'} to {new.classification or 'none'}."
        )
        yield field_change(rule, path, what, old.classification, new.classification)


def rank(classification: str | None) -> int:
    return ORDER.index(Classification(classification)) if classification in ORDER else -1


def field_change(rule: str, path: Path, what: str, before: Any, after: Any) -> Change:
    return change(rule, path, what, before, after, field=text(path) or None)


def called(path: Path) -> str:
    return f"Field '{text(path)}'" if path else "The record"


def text(path: Path) -> str:
    """`("lines", "[]", "sku")` is `lines[].sku`."""
    joined = ""
    for step in path:
        joined += step if step[:1] in "[{" or not joined else f".{step}"
    return joined
