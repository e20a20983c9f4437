"""Opaque ids: a prefix from a closed table and a random part. The prefix tells `node(id)` the label.

A snapshot is a record as of a past time, or as a dry run or refused write would have left it. Its id is the id of the
record followed by a mark, so that a client's cache does not mix it with the present record.
"""

from enum import StrEnum
from uuid import uuid4


class Prefix(StrEnum):
    DOMAIN = "dom"
    PRODUCT = "prd"
    CONTRACT = "ctr"
    FIELD = "fld"
    POLICY = "pol"
    WAIVER = "wvr"
    CHANGE_REQUEST = "chg"
    AUDIT_EVENT = "evt"
    WEBHOOK = "whk"
    DEAD_LETTER = "dlq"
    TEMPLATE = "tpl"


def new_id(prefix: Prefix) -> str:
    return f"{prefix.value}_{uuid4().hex}"


def prefix_of(identifier: str) -> Prefix | None:
    head, separator, _ = identifier.partition("_")
    return Prefix(head) if separator and head in Prefix.__members__.values() else None


def product_urn(domain: str, name: str) -> str:
    return f"urn:mesh:{domain}:{name}"


SNAPSHOT = "~"


def snapshot_id(identifier: str, mark: str) -> str:
    return f"{plain_id(identifier)}{SNAPSHOT}{mark}"


def plain_id(identifier: str) -> str:
    """The id of the record that an id, perhaps of a snapshot, is of."""
    return identifier.partition(SNAPSHOT)[0]


def mark_of(identifier: str) -> str:
    """Empty for the id of a record."""
    return identifier.partition(SNAPSHOT)[2]
