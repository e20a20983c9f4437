"""Conversion of field names between snake_case and camelCase."""

from functools import lru_cache

from pydantic.alias_generators import to_camel

# Field names come from a closed set, so every conversion is done once.
camel = lru_cache(maxsize=4096)(to_camel)
