"""The schema, a Federation 2.3 subgraph. `make_schema` makes its forms."""

from typing import Any

from graphql import GraphQLArgument, GraphQLError, GraphQLInputField, GraphQLSchema, Undefined
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import schema.enums
from schema.context import Info
from schema.entities import keys_by_name, resolve_entities
from schema.errors import present
from schema.federation import PLAIN, Form, Prefixing, check_left_out, mark_plain_names, without
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


class MeshSchema(Schema):
    def __init__(self, names: Prefixing, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forget_null_defaults(self._schema)
        mark_plain_names(self._schema, names.plain_names)
        self._keys = keys_by_name({plain: name for name, plain in names.plain_names.items()})

    async def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[Any]:
        return await resolve_entities(info.context, representations, self._keys)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        present(errors)


def forget_null_defaults(schema: GraphQLSchema) -> None:
    """An argument that may be left out reads `first: Int`, not `first: Int = null`."""
    for kind in schema.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            for described in (field, *getattr(field, "args", {}).values()):
                if isinstance(described, (GraphQLArgument, GraphQLInputField)) and described.default_value is None:
                    described.default_value = Undefined


def make_schema(form: Form = PLAIN) -> MeshSchema:
    """The schema in a form that composes with other subgraphs. Raises `UnknownField` for a root field it lacks."""
    roots = (Query, Mutation, Subscription)
    check_left_out(roots, form.left_out)
    query, mutation, subscription = (without(root, form.left_out) for root in roots)
    names = Prefixing(form)
    return MeshSchema(
        names,
        query=query,
        mutation=mutation,
        subscription=subscription,
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=names),
        federation_version="2.3",  # the newest that every composer in use accepts
    )


schema = make_schema()
