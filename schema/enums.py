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
    RETIRED="Ended. Only its id, its urn, this status as a filter and past times find it.",
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
    BOTH="Both declared and observed.",
)
describe(
    binding_defaults.BindingDefault,
    "BindingDefault",
    "Defaults of a domain that can be binding.",
    CLASSIFICATION="A product has the same classification or a higher one.",
    RETENTION="A product has the same retention or a shorter one.",
    SLA="A product promises each service level with the same target or a better one.",
    QUALITY="A product promises each quality level with the same threshold or a stricter one.",
)
describe(
    errors.UserErrorCode,
    "UserErrorCode",
    "Why a write was refused. Codes are stable.",
    INVALID_INPUT="A value is invalid.",
    NOT_FOUND="Something that the arguments name does not exist.",
    ALREADY_EXISTS="The name is taken.",
    REVISION_CONFLICT="`expectedRevision` is not the current revision.",
    INVALID_TRANSITION="The current status does not allow the change.",
    INVALID_CONTRACT="The contract or its JSON Schema is invalid.",
    WRONG_VERSION="The version number is too low for the changes of the contract.",
    BREAKING_CHANGE="The contract would break consumers.",
    IDEMPOTENCY_MISMATCH="The idempotency key was used with another input.",
    UNAUTHENTICATED="The caller is not signed in.",
    FORBIDDEN="The caller lacks the role.",
)
describe(
    access.Role,
    "Role",
    "What a caller may do.",
    READER="Reads everything, writes nothing.",
    DOMAIN_OWNER="Writes the products, contracts and policies of its domains.",
    GOVERNANCE="Writes everywhere, and defines the policies of the whole mesh.",
)
describe(
    access.Action,
    "Action",
    "An action that needs a permission.",
    REGISTER_DOMAIN="Register a domain.",
    UPDATE_DOMAIN="Change a domain and its defaults.",
    WRITE_PRODUCT="Create and change data products; start their quality runs and provisioning; record their requests.",
    PUBLISH_CONTRACT="Publish contracts, and open and withdraw change requests.",
    WRITE_DEPENDENCY="Declare and retire dependencies of the domain's products.",
    DEFINE_MESH_POLICY="Define and retire policies of the whole mesh, and graph patterns.",
    DEFINE_DOMAIN_POLICY="Define and retire policies of a domain and its products.",
    GRANT_WAIVER="Grant waivers.",
    APPROVE_CHANGE="Approve and reject change requests for the domain.",
    MANAGE_MESH_WEBHOOK="Register webhooks for the whole mesh.",
    MANAGE_DOMAIN_WEBHOOK="Register webhooks for a domain.",
    MANAGE_MESH_TEMPLATE="Register and retire templates for all domains.",
    MANAGE_DOMAIN_TEMPLATE="Register and retire templates of a domain.",
)
