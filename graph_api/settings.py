"""All settings of one instance, read from `MESHWEAVE_…` environment variables (and an `.env` file)."""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    return Path.home() / ".local" / "share" / "meshweave"


def default_cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshweave"


class Settings(BaseSettings):
    """One field, one variable: `neo4j_uri` is `MESHWEAVE_NEO4J_URI`. The table in docs/settings.md is made from this class."""

    model_config = SettingsConfigDict(env_prefix="MESHWEAVE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir, description="Folder that holds all state of one instance.")
    cache_dir: Path = Field(
        default_factory=default_cache_dir, description="Folder of what any instance can fetch or build again (jars)."
    )
    host: str = Field("127.0.0.1", description="Address the HTTP server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the HTTP server listens on; 0 picks a free one.")
    neo4j_uri: str | None = Field(
        None, description="bolt/neo4j(+s, +ssc) URI of a Neo4j >= 5.26 of yours; unset: the embedded one."
    )
    neo4j_user: str = Field("neo4j", description="User at `neo4j_uri`.")
    neo4j_password: SecretStr | None = Field(None, description="Password at `neo4j_uri`.")
    neo4j_password_file: Path | None = Field(None, description="File that holds the password (a mounted secret).")
    neo4j_database: str = Field("neo4j", description="Database name at `neo4j_uri`.")
    embedded_port: int = Field(0, ge=0, le=65535, description="Bolt port of the embedded Neo4j; 0 picks a free one.")
    embedded_heap: str = Field("512m", pattern=r"^\d+[mg]$", description="Heap of the embedded Neo4j's JVM.")
    embedded_page_cache: str = Field(
        "256m", pattern=r"^\d+[mg]$", description="Page cache of the embedded Neo4j, beside its heap."
    )
    embedded_aot: bool = Field(
        True, description="Train an AOT cache in the background after a first start, so that later starts are faster."
    )
    maven_url: str | None = Field(
        None, description="Maven repository the embedded Neo4j's jars come from, a company mirror; unset: the central one."
    )


@lru_cache
def get_settings() -> Settings:
    return Settings()
