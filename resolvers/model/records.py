"""The records of the mesh, frozen. Each is made from one array that Cypher returns, fields in this very order.

Times are UTC instants as fixed-width ISO 8601 text (see `resolvers.model.clock`), so that text order is time order.
Fields named `…_json` hold JSON text; they are parsed where they are used.
"""

from enum import StrEnum
from typing import NamedTuple


class ProductType(StrEnum):
    SOURCE = "SOURCE"
    DERIVED = "DERIVED"
    AGGREGATE = "AGGREGATE"
    ML_FEATURE = "ML_FEATURE"


class ProductStatus(StrEnum):
    DEVELOPMENT = "DEVELOPMENT"
    TESTING = "TESTING"
    PRODUCTION = "PRODUCTION"
    DEPRECATED = "DEPRECATED"
    RETIRED = "RETIRED"


class ContractStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"


class Classification(StrEnum):
    """From the least to the most protected; the order of the members is the order of protection."""

    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    RESTRICTED = "RESTRICTED"


class AccessKind(StrEnum):
    API = "API"
    STREAMING = "STREAMING"
    BATCH = "BATCH"
    DATABASE = "DATABASE"


class Enforcement(StrEnum):
    ADVISORY = "ADVISORY"
    MANDATORY = "MANDATORY"


class EdgeOrigin(StrEnum):
    DECLARED = "DECLARED"
    OBSERVED = "OBSERVED"
    BOTH = "BOTH"


class Domain(NamedTuple):
    id: str
    name: str
    description: str | None
    owner_team: str
    defaults_json: str
    revision: int
    created_at: str


class Product(NamedTuple):
    """`domain` is the domain's name (immutable); `classification` and `contract_id` are of the contract in force.
    `successor`, a urn, and `sunset`, a day, are of a product that is deprecated or retired."""

    id: str
    urn: str
    name: str
    description: str
    domain: str
    domain_id: str
    owner_team: str
    type: str
    status: str
    version: str
    tags: list[str]
    metadata_json: str
    access_points_json: str
    contract_id: str | None
    classification: str | None
    revision: int
    created_at: str
    updated_at: str
    successor: str | None = None
    sunset: str | None = None


class Contract(NamedTuple):
    id: str
    product_id: str
    version: str
    status: str
    format: str
    json_schema_json: str
    classification: str | None
    retention_json: str | None
    sla_json: str
    quality_json: str
    semantic_model_json: str | None
    published_at: str
    valid_from: str | None
    valid_to: str | None


class ContractField(NamedTuple):
    """`path` follows the nesting: `customer.address.city`, items `lines[].sku`. `type` is the JSON Schema type(s)."""

    id: str
    path: str
    name: str
    type: str
    required: bool
    nullable: bool
    description: str | None
    classification: str | None
    position: int


class Dependency(NamedTuple):
    """An edge consumer -> provider. `fields` is None when the consumer uses all of the provider's fields."""

    consumer_id: str
    provider_id: str
    kind: str
    origin: str
    since: str
    fields: list[str] | None
    contract_version: str | None


class Policy(NamedTuple):
    """`scope` is MESH, DOMAIN or PRODUCT; `rule_kind` is BUILTIN, EXPRESSION or GRAPH_PATTERN."""

    id: str
    name: str
    description: str
    scope: str
    domain: str | None
    product_id: str | None
    enforcement: str
    rule_kind: str
    rule_name: str | None
    parameters_json: str
    rule_text: str | None
    version: int
    paused: bool
    since: str
    effective_from: str
    retired_at: str | None


class AuditEvent(NamedTuple):
    """`seq` has no gaps and follows commit order. `before`/`after` are JSON documents of what changed."""

    id: str
    seq: int
    at: str
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    domain: str | None
    before_json: str | None
    after_json: str | None
    judged_json: str
    previous_hash: str
    hash: str
