"""Validation of input: each function returns the cleaned value and records faults with their path in the arguments."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from resolvers.model.canonical_json import canonical
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.json_values import storable_fault
from resolvers.model.records import AccessKind
from resolvers.model.versions import version_problem

Path = tuple[str, ...]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,127}")
KIND = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>[^\s<>\"]+)")
PASSWORD = re.compile(r"//[^/?#@]*:[^/?#@]+@")
SCRIPTS = frozenset({"javascript", "vbscript", "data", "blob", "about"})
API_SCHEMES = frozenset({"http", "https", "grpc", "grpcs", "ws", "wss"})
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

MAX_SHORT = 128
MAX_DESCRIPTION = 10_000
MAX_TAGS = 50
MAX_TAG = 64
MAX_ACCESS_POINTS = 50
MAX_OPTIONS = 20
MAX_URI = 2_048
MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_DEPTH = 16


class Faults:
    """Collects the faults of one input, so that all are reported together."""

    def __init__(self) -> None:
        self.found: list[UserFault] = []

    def add(self, path: Path, message: str, code: UserErrorCode = UserErrorCode.INVALID_INPUT) -> None:
        self.found.append(UserFault(code, message, path))

    def extend(self, faults: UserFaults) -> None:
        self.found.extend(faults.faults)

    def raise_any(self) -> None:
        if self.found:
            raise UserFaults(self.found)


def name(faults: Faults, value: Any, path: Path) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        faults.add(
            path,
            "A name has 1 to 128 lower-case letters, digits, - and _, and starts with a letter or digit, "
            "e.g. customer_events.",
        )
    return value


def text(faults: Faults, value: Any, path: Path, most: int = MAX_SHORT, least: int = 1) -> str:
    """Text without surrounding whitespace."""
    if not isinstance(value, str):
        faults.add(path, "Give text.")
        return ""
    cleaned = value.strip()
    if not least <= len(cleaned) <= most:
        faults.add(path, f"Give {least} to {most:,} characters; this has {len(cleaned):,}.")
    elif not is_plain(cleaned):
        faults.add(path, "Control characters and broken Unicode are not taken.")
    return cleaned


def is_plain(value: str) -> bool:
    """Whether text has neither control characters except tab and line ends nor lone surrogates."""
    if CONTROL.search(value):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def description(faults: Faults, value: Any, path: Path) -> str:
    return "" if value is None else text(faults, value, path, MAX_DESCRIPTION, 0)


def version(faults: Faults, value: Any, path: Path) -> str:
    problem = version_problem(value) if isinstance(value, str) else "is a semantic version, e.g. 1.0.0"
    if problem is not None:
        faults.add(path, f"A version {problem}.")
    return value


def kind(faults: Faults, value: Any, path: Path) -> str:
    if not isinstance(value, str) or not KIND.fullmatch(value):
        faults.add(path, "A kind has 1 to 64 letters, digits, - and _, and starts with a letter, e.g. feeds.")
    return value


def tags(faults: Faults, values: Sequence[Any] | None, path: Path) -> list[str]:
    """Each tag once, in input order."""
    cleaned = [text(faults, value, (*path, str(at)), MAX_TAG) for at, value in enumerate(values or ())]
    once = list(dict.fromkeys(cleaned))
    if len(once) > MAX_TAGS:
        faults.add(path, f"At most {MAX_TAGS} tags; these are {len(once)}.")
    return once


def metadata(faults: Faults, value: Any, path: Path) -> str:
    """JSON text of an object."""
    if value is None:
        return "{}"
    if not isinstance(value, Mapping):
        faults.add(path, 'Metadata is a JSON object, e.g. {"costCenter": "4711"}.')
        return "{}"
    if deeper_than(value, MAX_METADATA_DEPTH):
        faults.add(path, f"Metadata is nested at most {MAX_METADATA_DEPTH} levels.")
        return "{}"
    fault = storable_fault(value)
    if fault is not None:
        faults.add((*path, *fault.path), fault.message)
        return "{}"
    written = orjson.dumps(value)
    if len(written) > MAX_METADATA_BYTES:
        faults.add(path, f"Metadata has at most {MAX_METADATA_BYTES:,} bytes; this has {len(written):,}.")
    return written.decode()


def deeper_than(value: Any, limit: int) -> bool:
    """Whether objects and lists are nested deeper than `limit`; level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node) if isinstance(child, Mapping | list)]
        if not level:
            return False
    return True


def _children(node: Any) -> Sequence[Any]:
    return list(node.values()) if isinstance(node, Mapping) else node


def access_points(faults: Faults, values: Sequence[Mapping[str, Any]] | None, path: Path) -> list[dict[str, Any]]:
    """`{kind, uri}` each, with name, format and options where given; every one once."""
    texts = list(values or ())
    if len(texts) > MAX_ACCESS_POINTS:
        faults.add(path, f"At most {MAX_ACCESS_POINTS} access points; these are {len(texts)}.")
        return []
    points = [_access_point(faults, value, (*path, str(at))) for at, value in enumerate(texts)]
    names = [point["name"] for point in points if "name" in point]
    if len(names) != len(set(names)):
        faults.add(path, "Two access points have the same name.")
    return list({canonical(point): point for point in points}.values())


def _access_point(faults: Faults, value: Mapping[str, Any], path: Path) -> dict[str, Any]:
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in AccessKind.__members__:
        faults.add((*path, "kind"), f"An access point is one of {', '.join(AccessKind)}.")
    uri = text(faults, value.get("uri"), (*path, "uri"), MAX_URI)
    problem = _uri_problem(str(kind), uri)
    if uri and problem:
        faults.add((*path, "uri"), problem)
    point: dict[str, Any] = {"kind": str(kind), "uri": uri}
    for key in ("name", "format"):
        if value.get(key) is not None:
            point[key] = text(faults, value[key], (*path, key), 64)
    if value.get("options"):
        point["options"] = reader_options(faults, value["options"], (*path, "options"))
    return point


def reader_options(faults: Faults, value: Any, path: Path) -> dict[str, Any]:
    """Options of the reader of an access point's format, such as `{"delim": ";"}`."""
    if not isinstance(value, Mapping) or len(value) > MAX_OPTIONS:
        faults.add(path, f"Options are an object of at most {MAX_OPTIONS} values.")
        return {}
    for key, one in value.items():
        if not isinstance(one, str | int | float | bool) or not KIND.fullmatch(str(key)) or storable_fault(one):
            faults.add((*path, str(key)), "An option is a name with a short text, a number, true or false.")
        elif len(str(one)) > 100:
            faults.add((*path, str(key)), "The value of an option has at most 100 characters.")
    return dict(value)


def _uri_problem(kind: str, uri: str) -> str | None:
    match = URI.fullmatch(uri)
    if match is None:
        return "An access point is a URI with its scheme, e.g. https://api.example.com/events or s3://bucket/events/."
    scheme = match["scheme"].lower()
    if scheme in SCRIPTS:
        return f"The scheme '{scheme}' is not a place of data."
    if kind == AccessKind.API and scheme not in API_SCHEMES:
        return f"An API is reached by {', '.join(sorted(API_SCHEMES))}; '{scheme}' is none of them."
    if PASSWORD.search(uri):
        return "A password in a URI would be seen by all readers: leave it out."
    return None
