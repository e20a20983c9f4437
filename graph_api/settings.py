"""All settings of one instance, read from `MESHWEAVE_…` environment variables (and an `.env` file)."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph_api.http.location import checked_prefix
from resolvers.model.clearance import parse_clearances

FEDERATION = ("federation_prefix", "federation_kept_names", "federation_left_out")


def default_data_dir() -> Path:
    return Path.home() / ".local" / "share" / "meshweave"


def default_cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshweave"


def split_names(value: object) -> object:
    """`a, b c` as an environment variable says it; lists pass."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def own_port(value: object) -> object:
    """Kubernetes sets MESHWEAVE_PORT to the address of a service that is called meshweave; that is not our setting."""
    return 8000 if isinstance(value, str) and value.startswith(("tcp://", "udp://")) else value


# NoDecode: a list in an environment variable is words, not JSON.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_names)]


def checked_clearances(value: tuple[str, ...]) -> tuple[str, ...]:
    parse_clearances(value)
    return value


class Settings(BaseSettings):
    """One field, one variable: `neo4j_uri` is `MESHWEAVE_NEO4J_URI`. docs/settings.md is made from this class."""

    model_config = SettingsConfigDict(env_prefix="MESHWEAVE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir, description="Folder that holds all state of one instance.")
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
        description="Folder of files that can be fetched or built again (jars, pages).",
    )
    host: str = Field("127.0.0.1", description="Address the HTTP server listens on.")
    port: Annotated[int, BeforeValidator(own_port)] = Field(
        8000, ge=0, le=65535, description="Port the HTTP server listens on; 0 picks a free one."
    )
    root_path: Annotated[str, AfterValidator(checked_prefix)] = Field(
        "",
        description="Path prefix of the service at its proxy, e.g. `/mesh`; a proxy's `X-Forwarded-Prefix` wins.",
    )
    keep_alive_seconds: int = Field(
        75, ge=1, description="How long an idle HTTP connection stays open. Set it longer than the limit of your proxy."
    )
    websocket_operations: int = Field(100, ge=1, description="Maximum number of concurrent operations of a WebSocket.")
    websocket_connections: int = Field(5_000, ge=1, description="Maximum number of WebSockets of one process.")
    allowed_hosts: Names = Field(
        (),
        description="Host names under which clients may reach this server, besides loopback and `host`; "
        "`*.example.com` takes subdomains, `*` any name.",
    )
    allowed_origins: Names = Field(
        (), description="Origins of frontends served from elsewhere, e.g. `https://portal.example.com` (CORS)."
    )
    anonymous_reads: bool | None = Field(
        None, description="Whether callers without a token may read; unset: only while listening on loopback."
    )
    token: SecretStr | None = Field(
        None, description="The administrator's token; unset: created at the first start and stored in `data_dir`/token."
    )
    token_file: Path | None = Field(None, description="File that holds the administrator's token (a mounted secret).")
    token_days: int = Field(90, ge=1, le=3_650, description="Days that a new token is valid, unless `--days` is given.")
    session_hours: int = Field(12, ge=1, le=24 * 90, description="How long a browser stays signed in.")
    request_seconds: float = Field(40.0, gt=0, description="Time limit of one GraphQL operation.")
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="Longest request body.")
    max_query_length: int = Field(100_000, ge=100, description="Longest query text, in characters.")
    max_tokens: int = Field(5_000, ge=50, description="Maximum number of tokens of a query text, without comments.")
    max_comments: int = Field(500, ge=0, description="Maximum number of comments in a query text.")
    max_depth: int = Field(20, ge=1, description="Deepest nesting of fields, fragments expanded.")
    max_aliases: int = Field(50, ge=0, description="Maximum number of aliases, fragments expanded.")
    max_directives: int = Field(50, ge=0, description="Maximum number of directives, fragments expanded.")
    max_repeats: int = Field(
        50, ge=0, description="Maximum number of fields that are selected again in the same place."
    )
    max_fragments: int = Field(100, ge=0, description="Maximum number of fragments in a query text.")
    max_cost: int = Field(
        200_000,
        ge=100,
        description="Maximum cost of an operation: the number of objects that it may load. 10 leaves count one.",
    )
    wide_operations: int = Field(
        4,
        ge=1,
        description="Maximum number of concurrent operations that cost over 2,000; one caller gets half of them.",
    )
    document_cache: int = Field(500, ge=1, description="Number of query texts that are cached parsed and validated.")
    safelist: Path | None = Field(
        None,
        description="File or folder of the only operations that may run (trusted documents); unset: any operation.",
    )
    compiled_execution: bool = Field(True, description="Run queries by generated code; if off, by graphql-core.")
    webhook_private_addresses: bool = Field(
        False, description="Whether webhooks may go to addresses that are not on the public internet."
    )
    webhook_attempts: int = Field(
        10,
        ge=1,
        le=30,
        description="Number of attempts to deliver an event to a webhook before it becomes a dead letter.",
    )
    sources: Path | None = Field(None, description="YAML file with the sources that outputs may be read from.")
    clearances: Annotated[Names, AfterValidator(checked_clearances)] = Field(
        (),
        description="The highest classification that previews show to a role, e.g. `reader=PUBLIC, "
        "domain-owner=CONFIDENTIAL`; unset: `anonymous=PUBLIC, reader=INTERNAL, domain-owner=INTERNAL, "
        "governance=INTERNAL`. That of domain-owner holds in domains that the caller owns; a token may have its own.",
    )
    s3_endpoint: str | None = Field(
        None, description="Address of the S3-compatible storage that buckets are provisioned in; unset: AWS."
    )
    s3_region: str | None = Field(None, description="Region of the buckets; unset: us-east-1.")
    s3_key_id: str | None = Field(
        None, description="Id of the access key for provisioning buckets; without it, buckets are not provisioned."
    )
    s3_key: SecretStr | None = Field(None, description="Secret access key of that id.")
    s3_key_file: Path | None = Field(None, description="File that holds the access key (a mounted secret).")
    kubeconfig: Path | None = Field(
        None, description="Kubeconfig of the cluster that workloads are applied to; unset: they are not applied."
    )
    kube_context: str | None = Field(None, description="Context of the kubeconfig; unset: the current one.")
    prices: Path | None = Field(
        None, description="YAML file of unit prices, from which the monthly cost of infrastructure is computed."
    )
    metrics_products: int = Field(
        1_000, ge=0, description="Maximum number of data products with gauges in `/metrics`; the first ones by urn."
    )
    federation: bool | None = Field(
        None,
        description="Whether `/graphql` serves the form of the schema with prefixed names, for a supergraph; "
        "unset: when one of the `MESHWEAVE_FEDERATION_…` settings below is given.",
    )
    federation_prefix: str = Field(
        "Mesh",
        pattern="^([A-Z][A-Za-z0-9]*)?$",
        description="Prefix of the names of types in that form; empty for none.",
    )
    federation_kept_names: Names = Field(
        ("DataContract", "DataProduct", "Domain"),
        description="Types without the prefix in that form: the entities that other subgraphs refer to.",
    )
    federation_left_out: Names = Field(
        ("node", "viewer"),
        description="Root fields that the form leaves out, e.g. `viewer` or `Mutation.webhookRegister`.",
    )
    shutdown_seconds: int = Field(2, ge=0, description="Time that running requests get to finish at a stop.")
    log_level: str = Field(
        "warning",
        pattern="^(debug|info|warning|error|critical)$",
        description="Lowest severity of log lines on stderr.",
    )
    neo4j_uri: str | None = Field(
        None, description="URI of your Neo4j 5.26 or later, bolt or neo4j (+s, +ssc); unset: the embedded one."
    )
    neo4j_user: str = Field("neo4j", description="User at `neo4j_uri`.")
    neo4j_password: SecretStr | None = Field(None, description="Password at `neo4j_uri`.")
    neo4j_password_file: Path | None = Field(None, description="File that holds the password (a mounted secret).")
    neo4j_database: str = Field("neo4j", description="Database name at `neo4j_uri`.")
    neo4j_wait_seconds: float = Field(
        60.0, ge=0, description="How long a start waits for the database at `neo4j_uri` to answer."
    )
    embedded_port: int = Field(0, ge=0, le=65535, description="Bolt port of the embedded Neo4j; 0 picks a free one.")
    embedded_heap: str = Field("512m", pattern=r"^\d+[mg]$", description="Heap of the embedded Neo4j's JVM.")
    embedded_page_cache: str = Field(
        "256m", pattern=r"^\d+[mg]$", description="Page cache of the embedded Neo4j, beside its heap."
    )
    embedded_aot: bool = Field(
        True, description="Train an AOT cache in the background after a first start, so that later starts are faster."
    )
    maven_url: str | None = Field(
        None,
        description="Maven repository for the embedded Neo4j's jars, such as a company mirror; unset: the central one.",
    )

    @property
    def federated(self) -> bool:
        if self.federation is not None:
            return self.federation
        return not self.model_fields_set.isdisjoint(FEDERATION)


@lru_cache
def get_settings() -> Settings:
    return Settings()  # pyright: ignore[reportCallIssue]
