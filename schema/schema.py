"""The one schema: everything clients can ask and do, as a Federation 2.3 subgraph."""

from graphql import GraphQLError
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import schema.enums  # noqa: F401  (names the resolvers' enums before a type uses them)
from schema.errors import present
from schema.query import Query
from schema.scalars import SCALARS


class MeshSchema(Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        present(errors)


schema = MeshSchema(
    query=Query,
    config=StrawberryConfig(scalar_map=SCALARS),
    federation_version="2.3",  # the newest that every composer in use accepts
)
