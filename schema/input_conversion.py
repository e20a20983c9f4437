"""Inputs on their way to the resolvers, which know nothing of Strawberry."""

from dataclasses import fields, is_dataclass
from typing import Any

from strawberry import UNSET


def mapping(given: Any) -> Any:
    """An input as a dict of what it says, snake_case; null counts as not said. JSON values stay as they are."""
    if is_dataclass(given):
        said = {field.name: getattr(given, field.name) for field in fields(given)}
        return {name: mapping(value) for name, value in said.items() if value is not None and value is not UNSET}
    if isinstance(given, list):
        return [mapping(item) for item in given]
    return given
