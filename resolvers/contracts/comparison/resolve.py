"""Resolves the references of a JSON Schema document: resources by `$id`, anchors, pointers, dynamic scope."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson

# Keywords whose value is a schema, a list of schemas, or a map of names to schemas.
ONE = (
    "additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else",
    "unevaluatedProperties", "unevaluatedItems", "contentSchema",
)  # fmt: skip
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")

_PLACED = (b'"$ref"', b'"$dynamicRef"', b'"$id"', b'"$anchor"', b'"$dynamicAnchor"')
_URI = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


class Unresolvable(LookupError):
    """`outside` tells a reference that leaves the document from one that points to nothing in it."""

    def __init__(self, reference: str, outside: bool) -> None:
        super().__init__(reference)
        self.outside = outside


class Location(NamedTuple):
    """A schema, the URI of the resource it lies in, and the resources with dynamic anchors entered on the way."""

    schema: Any
    base: str
    scope: tuple[str, ...] = ()


class Document:
    """A JSON Schema and everything its references can reach. Nothing is fetched."""

    def __init__(self, schema: Any) -> None:
        self.resources: dict[str, Any] = {}
        self.anchors: dict[tuple[str, str], Any] = {}
        self.dynamic: dict[tuple[str, str], Any] = {}
        self.bases: dict[int, str] = {}
        self.uses_dynamic = False
        self._index(schema)
        self.root = self._entered(Location(schema, self.bases.get(id(schema), "")))

    def _index(self, schema: Any) -> None:
        self.resources[""] = schema
        pending: list[tuple[Any, str]] = [(schema, "")]
        while pending:
            node, base = pending.pop()
            if not isinstance(node, dict) or id(node) in self.bases:
                continue
            base = self._base_of(node, base)
            self.bases[id(node)] = base
            if node.get("$id") is not None:
                self.resources.setdefault(base, node)
            if isinstance(node.get("$anchor"), str):
                self.anchors.setdefault((base, node["$anchor"]), node)
            if isinstance(node.get("$dynamicAnchor"), str):
                self.anchors.setdefault((base, node["$dynamicAnchor"]), node)
                self.dynamic.setdefault((base, node["$dynamicAnchor"]), node)
            self.uses_dynamic = self.uses_dynamic or "$dynamicRef" in node
            pending += [(child, base) for _, child in subschemas(node)]

    @staticmethod
    def _base_of(node: dict[str, Any], base: str) -> str:
        identifier = node.get("$id")
        return join(base, identifier).rstrip("#") if isinstance(identifier, str) else base

    def child(self, parent: Location, schema: Any) -> Location:
        """`schema` as a subschema of `parent`."""
        if isinstance(schema, dict) and isinstance(schema.get("$id"), str):
            base = self.bases.get(id(schema)) or self._base_of(schema, parent.base)
            return self._entered(Location(schema, base, parent.scope))
        return Location(schema, parent.base, parent.scope)

    def _entered(self, location: Location) -> Location:
        base, scope = location.base, location.scope
        if not self.uses_dynamic or base in scope or not any(uri == base for uri, _ in self.dynamic):
            return location
        return location._replace(scope=(*scope, base))

    def follow(self, origin: Location, reference: str, dynamic: bool = False) -> Location:
        """What `reference`, written at `origin`, leads to. Raises `Unresolvable`."""
        whole = join(origin.base, reference)
        uri, _, fragment = whole.partition("#")
        if uri not in self.resources:
            if uri.rstrip("#") != "" or not reference.startswith("#"):
                raise Unresolvable(reference, outside=True)
            uri = ""
        fragment = unquote(fragment)
        root = Location(self.resources[uri], uri, origin.scope)
        if not fragment:
            return self._entered(root)
        if fragment.startswith("/"):
            return self._entered(self._point(root, fragment, reference))
        if (uri, fragment) not in self.anchors:
            raise Unresolvable(reference, outside=False)
        if dynamic and (uri, fragment) in self.dynamic:
            scope = self._entered(root).scope
            outermost = next((base for base in scope if (base, fragment) in self.dynamic), uri)
            return self._entered(Location(self.dynamic[(outermost, fragment)], outermost, origin.scope))
        return self._entered(Location(self.anchors[(uri, fragment)], uri, origin.scope))

    def _point(self, root: Location, pointer: str, reference: str) -> Location:
        node, base = root.schema, root.base
        for step in pointer[1:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(step)] if isinstance(node, list) else node[step]
            except (KeyError, IndexError, ValueError, TypeError):
                raise Unresolvable(reference, outside=False) from None
            if isinstance(node, dict):
                base = self.bases.get(id(node)) or self._base_of(node, base)
        if not isinstance(node, dict | bool):
            raise Unresolvable(reference, outside=False)
        return Location(node, base, root.scope)


def plain_text(schema: Any) -> bytes | None:
    """The schema as text if it means the same wherever it stands; None for one with references or names of its own."""
    try:
        text = orjson.dumps(schema)
    except (TypeError, orjson.JSONEncodeError):
        return None
    return None if any(mark in text for mark in _PLACED) else text


def subschemas(schema: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each direct subschema with the steps to it."""
    for keyword in ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in LISTS:
        if isinstance(schema.get(keyword), list):
            yield from (((keyword, str(index)), child) for index, child in enumerate(schema[keyword]))
    for keyword in MAPS:
        if isinstance(schema.get(keyword), dict):
            yield from (((keyword, name), child) for name, child in schema[keyword].items())
    if isinstance(schema.get("dependencies"), dict):
        named = schema["dependencies"].items()
        yield from ((("dependencies", name), child) for name, child in named if not isinstance(child, list))


def join(base: str, reference: str) -> str:
    """RFC 3986, section 5.2, for any scheme (`urllib` joins only those it knows)."""
    scheme, authority, path, query, fragment = _parts(reference)
    if scheme is not None:
        return reference
    base_scheme, base_authority, base_path, base_query, _ = _parts(base)
    if authority is None:
        authority = base_authority
        if not path:
            path = base_path
            query = base_query if query is None else query
        elif path.startswith("/"):
            path = _without_dots(path)
        else:
            merged = (
                f"/{path}"
                if base_authority is not None and not base_path
                else base_path[: base_path.rfind("/") + 1] + path
            )
            path = _without_dots(merged)
    else:
        path = _without_dots(path)
    joined = "" if base_scheme is None else f"{base_scheme}:"
    joined += "" if authority is None else f"//{authority}"
    joined += path
    joined += "" if query is None else f"?{query}"
    return joined + ("" if fragment is None else f"#{fragment}")


def _parts(uri: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    match = _URI.fullmatch(uri)
    assert match is not None
    scheme, authority, path, query, fragment = match.groups()
    return scheme, authority, path or "", query, fragment


def _without_dots(path: str) -> str:
    kept: list[str] = []
    steps = path.split("/")
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        if step == ".":
            kept += [""] if last else []
        elif step == "..":
            if len(kept) > 1 or (kept and kept[0] != ""):
                kept.pop()
            kept += [""] if last else []
        else:
            kept.append(step)
    return "/".join(kept)
