"""The resolvers' closed sets as GraphQL enums: same members, with the words a reader of GraphiQL sees."""

from enum import StrEnum

import strawberry

from resolvers.model import access, errors, records


def describe(enum: type[StrEnum], name: str, description: str, **members: str) -> type[StrEnum]:
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = members.get(value.name)
    return enum


describe(
    records.ProductType,
    "DataProductType",
    "What a data product is made from.",
    SOURCE="Data as an operational system produces it.",
    DERIVED="Made from other products, row by row.",
    AGGREGATE="Summed up or joined from other products.",
    ML_FEATURE="Features that models train on or are served.",
)
describe(
    records.ProductStatus,
    "DataProductStatus",
    "Where a data product stands in its life.",
    DEVELOPMENT="Being built; nobody should depend on it.",
    TESTING="Complete, being tried out.",
    PRODUCTION="In service, its contract holds.",
    DEPRECATED="Still served, to be left by its consumers.",
)
describe(
    records.ContractStatus,
    "ContractStatus",
    "Whether a contract version is in force.",
    SCHEDULED="Published; in force from its date on.",
    ACTIVE="In force.",
    SUPERSEDED="Replaced by a later version.",
    WITHDRAWN="Taken back before its date came.",
)
describe(
    records.Classification,
    "Classification",
    "How protected data is, from the least to the most.",
    PUBLIC="May leave the company.",
    INTERNAL="For everyone in the company.",
    CONFIDENTIAL="For those who need it, e.g. personal data.",
    RESTRICTED="For named people only.",
)
describe(
    records.AccessKind,
    "AccessPointKind",
    "How consumers reach the data.",
    API="Request and response.",
    STREAMING="A topic or stream.",
    BATCH="Files, tables in a lake.",
    DATABASE="A database to query.",
)
describe(
    records.Enforcement,
    "Enforcement",
    "What a violated policy does.",
    ADVISORY="Warns; the write commits.",
    MANDATORY="Refuses; nothing is written.",
)
describe(
    records.EdgeOrigin,
    "EdgeOrigin",
    "How a dependency is known.",
    DECLARED="The consumer's team declared it.",
    OBSERVED="It was seen in runs or queries.",
    BOTH="Declared and seen.",
)
describe(errors.UserErrorCode, "UserErrorCode", "Why a write was not done. Codes are stable: switch on them.")
describe(
    access.Role,
    "Role",
    "What a caller may do.",
    READER="Reads everything, writes nothing.",
    DOMAIN_OWNER="Writes the products, contracts and policies of its domains.",
    GOVERNANCE="Writes everywhere, and defines the policies of the whole mesh.",
)
describe(access.Action, "Action", "What a caller can ask leave for.")
