"""The error tree. A `UserFault` is returned as data, because a client can correct it; all other errors are internal."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class UserErrorCode(StrEnum):
    """Why a write was not done; stable names that clients may switch on."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    REVISION_CONFLICT = "REVISION_CONFLICT"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    INVALID_CONTRACT = "INVALID_CONTRACT"
    WRONG_VERSION = "WRONG_VERSION"
    BREAKING_CHANGE = "BREAKING_CHANGE"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"


class MeshError(Exception):
    """Root of everything Meshweave raises on purpose."""


class UserFault(MeshError):
    """The caller's input or rights do not allow this; `field` is the path in the input, outermost first.

    In a mutation it becomes an entry of `userErrors`; in a query a top-level error with `extensions.code`.
    """

    def __init__(
        self, code: UserErrorCode, message: str, field: tuple[str, ...] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        """`extra` is what a refused write can show for itself, such as the diff of a contract that breaks readers."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.extra = extra or {}


class RevisionConflict(UserFault):
    """The caller decided on an older state; `current` is the revision now."""

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(
            UserErrorCode.REVISION_CONFLICT,
            f"Revision {expected} was expected, but the current revision is {current}: read it again and decide anew.",
            ("expectedRevision",),
        )
        self.current = current


class UserFaults(MeshError):
    """Several faults of one input, reported together."""

    def __init__(self, faults: list[UserFault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


class StoreError(MeshError):
    """The database could not answer (unreachable, overloaded, timed out); the message is safe to show."""

    def __init__(self, message: str, code: str = "UNAVAILABLE") -> None:
        super().__init__(message)
        self.code = code


class AlreadyThere(MeshError):
    """A uniqueness constraint refused the write: the natural key is taken. Callers turn it into a `UserFault`."""
