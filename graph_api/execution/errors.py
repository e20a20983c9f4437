"""Errors for clients: the message of a known fault, or an id to look up in the server's log."""

import logging
from types import TracebackType
from typing import Any

from graphql import GraphQLError
from neo4j.exceptions import Neo4jError

from resolvers.model.errors import MeshError, StoreError, UserFault, UserFaults
from schema.errors import extensions_of

log = logging.getLogger("meshweave.execution")

# Where graphql-core finds fault with what the client sent, also in the middle of an execution.
CLIENT_FAULTS = ("graphql.execution.values", "graphql.utilities")
INVALID_BOOKMARK = "Neo.ClientError.Transaction.InvalidBookmark"


def public_error(error: GraphQLError, request_id: str, code: str | None = None) -> dict[str, Any]:
    """`error` as a response carries it. `code` is the one for errors that have none; an unexpected one is logged."""
    answer: dict[str, Any] = {"message": error.message}
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    message, extensions = words(error, request_id, code)
    answer["message"] = message
    if extensions:
        answer["extensions"] = extensions
    return answer


def words(error: GraphQLError, request_id: str, code: str | None) -> tuple[str, dict[str, Any]]:
    """The message and the extensions to show."""
    cause = innermost(error)
    match cause:
        case UserFaults():
            return str(cause), (extensions_of(cause) or {}) | {"faults": [fault_of(fault) for fault in cause.faults]}
        case UserFault() | StoreError():
            return str(cause), extensions_of(cause) or {}
        case MeshError():
            return str(cause), {"code": "MESH_ERROR"}
        case Neo4jError() if cause.code == INVALID_BOOKMARK:
            return "A bookmark is not one of this database: send none, or the last one it gave.", {
                "code": "INVALID_BOOKMARK"
            }
        case GraphQLError() if error.path is None or "code" in (cause.extensions or {}) or is_deliberate(cause):
            extensions = dict(cause.extensions or {}) or dict(error.extensions or {})
            return error.message, {"code": code or "BAD_USER_INPUT"} | extensions
        case ValueError() if error.path is None:  # a scalar of ours that refused a variable, in words for the client
            return error.message, {"code": code or "BAD_USER_INPUT"}
    return internal(cause, request_id, error.path)


def internal(cause: BaseException, request_id: str, where: Any = None) -> tuple[str, dict[str, Any]]:
    log.error("Internal error %s at %s", request_id, where, exc_info=cause)
    return f"Internal error (id {request_id}): the server's log tells more.", {"code": "INTERNAL", "id": request_id}


def fault_of(fault: UserFault) -> dict[str, Any]:
    return {"code": fault.code.value, "message": fault.message, "field": list(fault.field)}


def innermost(error: GraphQLError) -> BaseException:
    """The original exception inside the wrappers of graphql-core."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and isinstance(cause.original_error, Exception):
        cause = cause.original_error
    return cause


def is_deliberate(cause: GraphQLError) -> bool:
    """Whether a field's GraphQLError was raised for the client to read; those that graphql-core raises over a value
    it cannot complete are our fault and may show that value."""
    module = raised_in(cause.__traceback__)
    return module.startswith(CLIENT_FAULTS) or not module.startswith("graphql.")


def raised_in(traceback: TracebackType | None) -> str:
    module = "graphql."
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", module)
        traceback = traceback.tb_next
    return module
