"""The schema as SDL, the same on every run."""

from pathlib import Path

from strawberry import Schema

from schema.schema import schema

FILE = Path(__file__).with_name("schema.graphql")


def sdl() -> str:
    """The SDL of the subgraph, what `schema/schema.graphql` holds."""
    return text_of(schema)


def text_of(schema: Schema) -> str:
    """The SDL of the schema in any form."""
    return schema.as_str() + "\n"
