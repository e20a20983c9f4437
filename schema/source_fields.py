"""The record fields that each GraphQL field needs, so that only those are read."""

from collections.abc import Iterable
from functools import lru_cache

from resolvers.graph import partial_records
from resolvers.model.records import Dependency, Product

# By the record: the field of the type -> fields of the record. A field that is not here needs the ids alone.
MADE_FROM: dict[type, dict[str, tuple[str, ...]]] = {
    Product: {
        "urn": ("urn",),
        "name": ("name",),
        "description": ("description",),
        "ownerTeam": ("owner_team",),
        "type": ("type",),
        "status": ("status",),
        "version": ("version",),
        "tags": ("tags",),
        "classification": ("classification",),
        "revision": ("revision",),
        "createdAt": ("created_at",),
        "updatedAt": ("updated_at",),
        "metadata": ("metadata_json",),
        "accessPoints": ("access_points_json",),
        "domain": ("domain", "domain_id"),
        "contract": ("contract_id",),
        "successor": ("successor",),
        "sunset": ("sunset",),
    },
    Dependency: {
        "kind": ("kind",),
        "origin": ("origin",),
        "since": ("since",),
        "fields": ("fields",),
        "contractVersion": ("contract_version",),
    },
}
IDS: dict[type, tuple[str, ...]] = {Product: ("id",), Dependency: ("consumer_id", "provider_id")}


@lru_cache(maxsize=1024)
def fields_read(record: type, names: frozenset[str] | None) -> tuple[str, ...]:
    """The fields of `record` to read where these fields of its type are asked for; None: any of them."""
    if names is None:
        return record._fields
    return partial_records.fields_of(record, made_from(record, names), *IDS[record])


def made_from(record: type, names: Iterable[str]) -> frozenset[str]:
    table = MADE_FROM[record]
    return frozenset(field for name in names for field in table.get(name, ()))
