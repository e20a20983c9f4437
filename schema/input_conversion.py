"""Converts Strawberry inputs to the resolvers' records."""

from dataclasses import fields, is_dataclass
from typing import Any

from strawberry import UNSET


def mapping(payload: Any) -> Any:
    """An input as a dict in snake_case. Null counts as absent. JSON values are unchanged."""
    if is_dataclass(payload):
        said = {field.name: getattr(payload, field.name) for field in fields(payload)}
        return {name: mapping(value) for name, value in said.items() if value is not None and value is not UNSET}
    if isinstance(payload, list):
        return [mapping(item) for item in payload]
    return payload
