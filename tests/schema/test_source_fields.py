"""What is read of a record is what the fields asked for are made from."""

import pytest

from resolvers.model.records import Dependency, Product
from schema.data_product import DataProduct
from schema.dependency import Dependency as DependencyType
from schema.source_fields import IDS, MADE_FROM, fields_read

# Fields that hang off the product and need its id alone.
HANGING = {
    "id",
    "infrastructure",
    "template",
    "contracts",
    "dependencies",
    "consumers",
    "lineage",
    "auditEvents",
    "compliance",
    "metrics",
    "quality",
    "serviceLevels",
}
TYPES = {Product: (DataProduct, HANGING), Dependency: (DependencyType, {"consumer", "provider", "providerHealth"})}


def names_of(type_) -> set[str]:
    heads = [field.name.split("_") for field in type_.__strawberry_definition__.fields]
    return {head + "".join(part.title() for part in rest) for head, *rest in heads}


@pytest.mark.parametrize("record", TYPES)
def test_every_field_says_what_it_is_made_from(record):
    """A new field of the type needs a row, or it would find its record without what it reads."""
    type_, hanging = TYPES[record]
    assert names_of(type_) == MADE_FROM[record].keys() | hanging


@pytest.mark.parametrize("record", TYPES)
def test_every_field_of_the_record_can_be_asked_for(record):
    made = {field for fields in MADE_FROM[record].values() for field in fields}
    assert made | set(IDS[record]) == set(record._fields)


def test_the_fields_to_read_are_in_the_order_of_the_record():
    assert fields_read(Product, frozenset({"status", "ownerTeam", "nodes"})) == ("id", "owner_team", "status")
    assert fields_read(Dependency, frozenset({"fields"})) == ("consumer_id", "provider_id", "fields")
    assert fields_read(Product, frozenset()) == ("id",)


def test_where_it_is_not_known_what_is_asked_everything_is_read():
    assert fields_read(Product, None) == Product._fields
