"""Validates documents against a contract. Reports every fault of every document with its path."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from jsonschema_rs import Draft202012Validator, FancyRegexOptions, ValidationError

from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract

MAX_ERRORS = 1_000
MAX_MESSAGE = 500
# Patterns are the publisher's: a bound on backtracking keeps a hostile one from holding the process.
REGEX = FancyRegexOptions(backtrack_limit=100_000)


class DocumentError(NamedTuple):
    """`document` counts from 0; `path` are the steps into it; `keyword` is the JSON Schema keyword that it fails."""

    document: int
    path: list[str]
    keyword: str
    message: str


class ValidationResult(NamedTuple):
    """`errors` holds the first `MAX_ERRORS`; `truncated` tells that there are more."""

    valid: bool
    checked: int
    errors: list[DocumentError]
    truncated: bool


def validate(contract: Contract, documents: list[Any]) -> ValidationResult:
    """Checks each document, whatever JSON it is, against the contract's schema."""
    validator = compiled(contract.id, contract.json_schema_json)
    errors: list[DocumentError] = []
    for error in errors_of(validator, documents):
        if len(errors) == MAX_ERRORS:
            return ValidationResult(False, len(documents), errors, True)
        errors.append(error)
    return ValidationResult(not errors, len(documents), errors, False)


def documents_of(payload: Any, payloads: Any) -> list[Any]:
    """The documents of a request that gives `payload`, one document, or `payloads`, a list of them; the other is the
    sentinel of an argument that was left out, or null. Raises `UserFault` for both and for neither."""
    many = isinstance(payloads, list)
    one = not is_absent(payload) and not (many and payload is None)
    if one == many:
        message = "Give either `payload`, one document, or `payloads`, a list of them."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("payload",))
    return payloads if many else [payload]


def is_absent(value: Any) -> bool:
    """Documents are JSON values; anything else stands for an argument that was left out."""
    return value is not None and not isinstance(value, str | int | float | list | dict)


def errors_of(validator: Draft202012Validator, documents: list[Any]) -> Iterator[DocumentError]:
    for index, document in enumerate(documents):
        for error in validator.iter_errors(document):
            yield to_fault(index, error)


def to_fault(index: int, error: ValidationError) -> DocumentError:
    keyword = next((str(step) for step in reversed(error.schema_path) if isinstance(step, str)), "")
    message = error.message if len(error.message) <= MAX_MESSAGE else error.message[:MAX_MESSAGE] + "…"
    return DocumentError(index, [str(step) for step in error.instance_path], keyword, message)


@lru_cache(maxsize=256)
def compiled(contract_id: str, schema: str) -> Draft202012Validator:
    """A published version never changes, so it is compiled once."""
    try:
        return Draft202012Validator(orjson.loads(schema), validate_formats=True, pattern_options=REGEX)
    except ValueError as error:
        raise UserFault(
            UserErrorCode.INVALID_CONTRACT, f"This contract's JSON Schema cannot be evaluated: {error}"[:MAX_MESSAGE]
        ) from error
