"""Compares two versions of a contract: changes, whether they break readers, and the lowest version number allowed."""

from typing import NamedTuple

from semver import Version

from resolvers.contracts.changes import RULES, Change, Severity
from resolvers.contracts.comparison.comparison import compare_schemas
from resolvers.contracts.comparison.paths import overlaps, parse_path
from resolvers.contracts.spec import ContractSpec
from resolvers.contracts.terms_diff import diff_terms
from resolvers.model.versions import next_version

# Formats that store a type with the data; JSON, CSV and Avro readers promote an integer to a number by themselves.
STORING_TYPES = frozenset({"parquet", "protobuf", "orc", "arrow", "delta", "iceberg"})


class ContractDiff(NamedTuple):
    """`required_version` is the least version the new contract may have; any greater one is fine as well."""

    from_version: str
    to_version: str
    breaking: bool
    required_version: str
    changes: tuple[Change, ...]


def diff_contracts(old: ContractSpec, new: ContractSpec) -> ContractDiff:
    """Takes up to a second for large schemas: call it in a thread where an event loop runs."""
    stored_types = old.format == new.format and new.format in STORING_TYPES
    changes = (*compare_schemas(old.json_schema, new.json_schema, stored_types), *diff_terms(old, new))
    breaking = any(change.severity is Severity.BREAKING for change in changes)
    return ContractDiff(old.version, new.version, breaking, required_version(old.version, changes), changes)


def required_version(current: str, changes: tuple[Change, ...]) -> str:
    return next_version(current, {RULES[change.rule].bump for change in changes})


def high_enough(version: str, required: str) -> bool:
    """A pre-release of the required version is high enough: 2.0.0-rc.1 announces 2.0.0."""
    return Version.parse(version).finalize_version() >= Version.parse(required)


def uses(declared: tuple[str, ...] | None, change: Change) -> bool:
    """Whether a consumer that declared these field paths (None: it uses them all) meets `change`.

    A field includes the fields nested in it, and a change of a field affects consumers of any part of it. A change
    without a field (service level, format, classification …) concerns everyone; an added field concerns no one."""
    if change.severity is Severity.COMPATIBLE:
        return False
    if declared is None or change.field is None:
        return True
    return any(same_part(path, change.field) for path in declared)


def same_part(one: str, other: str) -> bool:
    """True if one of two field paths is the other or is inside it."""
    return overlaps(parse_path(one), parse_path(other))
