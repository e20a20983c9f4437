"""Counts of compiled runs and of fallbacks to graphql-core by reason."""

from collections import Counter
from enum import StrEnum
from typing import Final


class Fallback(StrEnum):
    """Why graphql-core ran an operation that was to run compiled."""

    NOT_COMPILABLE = "not_compilable"  # the operation has something that the generated code does not do
    VALUE = "value"  # a null or a value that its type does not allow
    ERROR = "error"  # an exception other than a fault of the mesh model


class Statistics:
    """Of one process."""

    def __init__(self) -> None:
        self.runs = 0
        self.fallbacks: Counter[Fallback] = Counter()


RUNS: Final = Statistics()
