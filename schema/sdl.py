"""The schema as text, the same on every run."""

from pathlib import Path

from schema.schema import schema

FILE = Path(__file__).with_name("schema.graphql")


def sdl() -> str:
    """The SDL of the subgraph, what `schema/schema.graphql` holds."""
    return schema.as_str() + "\n"
