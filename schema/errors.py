"""Errors for clients: known faults keep their message; others are masked and logged."""

import logging
from collections.abc import Iterable

from graphql import GraphQLError

from resolvers.model.errors import StoreError, UserFault, UserFaults

INTERNAL = "INTERNAL"
log = logging.getLogger("meshweave")


def extensions_of(error: Exception) -> dict[str, object] | None:
    """`code` and, for input, `field`, the path in the arguments; None when the error was not on purpose."""
    if isinstance(error, UserFault):
        return {"code": error.code.value, "field": list(error.field)}
    if isinstance(error, UserFaults):
        first = error.faults[0]
        return {"code": first.code.value, "field": list(first.field)}
    if isinstance(error, StoreError):
        return {"code": error.code}
    return None


def present(errors: Iterable[GraphQLError]) -> None:
    """Gives every error its code, in place; an unexpected one keeps its path and loses its words."""
    for error in errors:
        cause = error.original_error
        while isinstance(cause, GraphQLError):
            cause = cause.original_error
        if cause is None:
            continue
        extensions = extensions_of(cause)
        if extensions is None:
            log.error("unexpected error at %s", error.path, exc_info=cause)
            error.message = "Something went wrong on our side; it was logged."
            extensions = {"code": INTERNAL}
        error.extensions = {**(error.extensions or {}), **extensions}
