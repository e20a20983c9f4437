"""Paths of fields as structures: steps through properties, array elements and map values, and their text form.

`customer.address.city` names properties, `lines[].sku` every element of an array, `lines[0].sku` one of them,
`labels{}` the values of a map. A name that holds one of `.[]{}` or a quote, or is empty, is quoted: `['a.b']`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_PLAIN = re.compile(r"[^.\[\]{}'\"]+")
_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]{}'"]+)|\[(?P<index>\d*)\]|(?P<values>\{\})|\.?\['(?P<quoted>(?:[^'\\]|\\.)*)'\]"""
    r"""|\.?\["(?P<double>(?:[^"\\]|\\.)*)"\]""",
    re.DOTALL,
)


class Property(NamedTuple):
    name: str


class Element(NamedTuple):
    """An element of an array; `index` None stands for all of them."""

    index: int | None = None


class Values(NamedTuple):
    """The values of a map, whatever their names."""

    mark: str = "{}"


Step = Property | Element | Values
Path = tuple[Step, ...]


def path_text(path: Path) -> str:
    text = ""
    for step in path:
        match step:
            case Property(name) if _PLAIN.fullmatch(name):
                text += f".{name}" if text else name
            case Property(name):
                text += "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"
            case Element(None):
                text += "[]"
            case Element(index):
                text += f"[{index}]"
            case _:
                text += "{}"
    return text


def path_steps(path: Path) -> tuple[str, ...]:
    """One text a step, for clients that show a path step by step."""
    return tuple(step.name if isinstance(step, Property) else path_text((step,)) for step in path)


@lru_cache(maxsize=10_000)
def parse_path(text: str) -> Path:
    """The steps of a path's text. A text in another form is the name of one property."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            return (Property(text),)
        if match["name"] is not None:
            if position and not match[0].startswith("."):
                return (Property(text),)
            steps.append(Property(match["name"]))
        elif match["quoted"] is not None or match["double"] is not None:
            quoted = match["quoted"] if match["quoted"] is not None else match["double"]
            steps.append(Property(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)))
        elif match["values"] is not None:
            steps.append(Values())
        else:
            steps.append(Element(int(match["index"]) if match["index"] else None))
        position = match.end()
    return tuple(steps)


def covers(outer: Path, inner: Path) -> bool:
    """True if `inner` is `outer` or is inside it; `lines[].sku` and `lines[0].sku` cover each other."""
    return len(outer) <= len(inner) and all(_same(one, other) for one, other in zip(outer, inner, strict=False))


def overlaps(one: Path, other: Path) -> bool:
    return covers(one, other) or covers(other, one)


def _same(one: Step, other: Step) -> bool:
    if isinstance(one, Element) and isinstance(other, Element):
        return one.index is None or other.index is None or one.index == other.index
    return type(one) is type(other) and one == other
