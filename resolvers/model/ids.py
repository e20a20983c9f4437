"""Opaque ids: a prefix from a closed table and a random part, so that `node(id)` knows the label without asking."""

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
