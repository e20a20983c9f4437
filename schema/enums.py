"""GraphQL enums of the resolvers' enums, with descriptions."""

from enum import StrEnum

import strawberry

from resolvers.contracts import binding_defaults
from resolvers.model import access, errors, records


def describe(enum: type[StrEnum], name: str, description: str, **members: str) -> type[StrEnum]:
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = members.get(value.name)
    return enum


describe(
    records.ProductType,
    "DataProductType",
    "Type of a data product.",
    SOURCE="Data from an operational system.",
    DERIVED="Made from other products, row by row.",
    AGGREGATE="Aggregated or joined from other products.",
    ML_FEATURE="Features for machine learning.",
)
describe(
    records.ProductStatus,
    "DataProductStatus",
    "Lifecycle status of a data product.",
    DEVELOPMENT="In development; others should not depend on it yet.",
    TESTING="Complete and being tested.",
    PRODUCTION="In service under its contract.",
    DEPRECATED="Still served; consumers should move away.",
    RETIRED="Ended; found by id, by this status and as of the past.",
)
describe(
    records.ContractStatus,
    "ContractStatus",
    "Whether a contract version is in force.",
    SCHEDULED="Published; takes effect on its date.",
    ACTIVE="In force.",
    SUPERSEDED="Replaced by a later version.",
    WITHDRAWN="Withdrawn before its date.",
)
describe(
    records.Classification,
    "Classification",
    "Classification of data, from the least to the most protected.",
    PUBLIC="May be shared outside the organisation.",
    INTERNAL="For everyone in the organisation.",
    CONFIDENTIAL="Restricted to people who need it, e.g. personal data.",
    RESTRICTED="For named people only.",
)
describe(
    records.AccessKind,
    "AccessPointKind",
    "How consumers reach the data.",
    API="Request and response.",
    STREAMING="A topic or stream.",
    BATCH="Files or tables in a data lake.",
    DATABASE="A database to query.",
)
describe(
    records.Enforcement,
    "Enforcement",
    "Effect of a policy violation.",
    ADVISORY="Reports a warning; the write commits.",
    MANDATORY="Refuses the write; nothing is stored.",
)
describe(
    records.EdgeOrigin,
    "EdgeOrigin",
    "Source of a dependency.",
    DECLARED="The consumer's team declared it.",
    OBSERVED="It was observed in runs or queries.",
    BOTH="Declared and seen.",
)
describe(
    binding_defaults.BindingDefault,
    "BindingDefault",
    "Defaults of a domain that can be binding.",
    CLASSIFICATION="A product's is the same or higher.",
    RETENTION="A product's is the same or shorter.",
    SLA="A product promises each of them, as good or better in the metric's direction.",
    QUALITY="A product requires each of them, as strictly or more.",
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
describe(access.Action, "Action", "An action that needs a permission.")
