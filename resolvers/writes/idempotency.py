"""Idempotency keys: the same key with the same input returns the same payload.

A key belongs to one caller and one mutation. It is stored with the payload in the transaction of the write, so a
payload exists exactly when the write happened. Refused writes and dry runs store nothing.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, LiteralString, TypeVar

from resolvers.graph.store import Transaction
from resolvers.model.canonical_json import canonical
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, ContractField, Dependency, Domain, Policy, Product
from resolvers.writes.judgement import Violation, Waiver

MAX_KEY = 200

T = TypeVar("T")

# Record types that a stored payload may contain, by name.
_RECORDS: dict[str, type] = {}


def replayable(record: type[T]) -> type[T]:
    """Decorator that lets stored payloads hold a NamedTuple. Fields that were removed since are dropped, added ones
    are None.
    """
    _RECORDS[record.__name__] = record
    return record


for _record in (Domain, Product, Contract, ContractField, Dependency, Policy, Waiver, Violation):
    replayable(_record)


def stored_key(caller: str, mutation: str, key: str) -> str:
    """Raises `UserFault` for a key that is empty or too long."""
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            f"An idempotency key has 1 to {MAX_KEY} printable characters.",
            ("idempotencyKey",),
        )
    return canonical([caller, mutation, key])


def hash_of(document: Any) -> str:
    return sha256(canonical(document).encode()).hexdigest()


def check_same_input(stored: str, now: str) -> None:
    if stored != now:
        raise UserFault(
            UserErrorCode.IDEMPOTENCY_MISMATCH,
            "This idempotency key was used before with another input: use a new key for a new request.",
            ("idempotencyKey",),
        )


def encode(value: Any) -> Any:
    """JSON of a payload; a record is `{"$record": name, field: value}`. Raises TypeError for other types."""
    fields = getattr(value, "_fields", None)
    if fields is not None:
        name = type(value).__name__
        if _RECORDS.get(name) is not type(value):
            raise TypeError(f"{name} is not replayable: decorate it with `replayable`")
        return {"$record": name, **{field: encode(getattr(value, field)) for field in fields}}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} is not replayable")


def decode(value: Any) -> Any:
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    record = _RECORDS.get(value.get("$record", ""))
    if record is None:
        return {key: decode(item) for key, item in value.items()}
    fields = record._fields
    return record(**{field: decode(value.get(field)) for field in fields})


REMEMBER: LiteralString = """
MATCH (k:IdempotencyKey {key: $memo.key})
SET k = $memo
RETURN k.key
"""


def memo(key: str, input_hash: str, answer: Any, at: str) -> dict[str, Any]:
    """What the key's node, created by the lock statement of this transaction, shall store."""
    return {"key": key, "inputHash": input_hash, "answerJson": canonical(encode(answer)), "at": at}


async def remember(tx: Transaction, memo: Mapping[str, Any]) -> None:
    """Stores the payload of a write that changed nothing. Other payloads are stored with their event."""
    await tx.run(REMEMBER, memo=memo)
