"""The one schema: everything clients can ask and do, as a Federation 2.3 subgraph."""

from typing import Any

from graphql import GraphQLArgument, GraphQLError, GraphQLInputField, GraphQLSchema, Undefined
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import schema.enums
from schema.context import Info
from schema.entities import resolve_entities
from schema.errors import present
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


class MeshSchema(Schema):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forget_null_defaults(self._schema)

    async def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[Any]:
        return await resolve_entities(info.context.loaders, representations)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        present(errors)


def forget_null_defaults(schema: GraphQLSchema) -> None:
    """An argument that may be left out reads `first: Int`, not `first: Int = null`."""
    for kind in schema.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            for given in (field, *getattr(field, "args", {}).values()):
                if isinstance(given, (GraphQLArgument, GraphQLInputField)) and given.default_value is None:
                    given.default_value = Undefined


schema = MeshSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    federation_version="2.3",  # the newest that every composer in use accepts
)
