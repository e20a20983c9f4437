"""Templates that data products are made from."""

from typing import Annotated

import orjson
import strawberry
from strawberry import Parent

from resolvers.mutations.template_register import TemplateInput as Given
from resolvers.templates import records
from resolvers.writes.pipeline import Outcome
from schema.data_product import DataProduct
from schema.loaded_fields import loaded
from schema.payloads import Payload
from schema.scalars import JSON, DateTime


@strawberry.type(description="A template of a data product, filled in by a config. A registered version never changes.")
class ProductTemplate:
    name: str = strawberry.field(description="Unique in the mesh.")
    version: str = strawberry.field(description="Semantic version.")
    description: str = strawberry.field(description="What the products made from it contain.")
    domain: str | None = strawberry.field(description="The only domain that may use it; null means every domain.")
    created_by: str = strawberry.field(
        description="Name of the caller who registered it; `meshweave` for a built-in one."
    )
    created_at: DateTime | None = strawberry.field(description="When it was registered; null for a built-in one.")
    retired_at: DateTime | None = strawberry.field(
        description="When it was retired; no new product can be made from it since then."
    )

    @strawberry.field(description="JSON Schema 2020-12 of its config.")
    def config_schema(template: Parent[records.ProductTemplate]) -> JSON:
        return orjson.loads(template.config_schema_json)

    @strawberry.field(description="The keys of DataProductInput, with ${…} expressions in CEL.")
    def body(template: Parent[records.ProductTemplate]) -> JSON:
        return orjson.loads(template.body_json)


@strawberry.type(description="A product that was made from a template.")
class TemplateUse:
    version: str = strawberry.field(description="The template's version that it was made from.")
    latest: str | None = strawberry.field(description="Latest version that is not retired; null if there is none.")
    outdated: bool = strawberry.field(description="True if the product was made from an older version than the latest.")
    urn: str = strawberry.field(description="Urn of the product; pass the last one as `after` to read the next page.")
    product: DataProduct | None = loaded(lambda loaders: loaders.product, by="product_id", description="The product.")


@strawberry.input(description="A version of a template to register.")
class ProductTemplateInput:
    name: str = strawberry.field(description="1 to 128 lower-case letters, digits, - and _.")
    version: str = strawberry.field(description="Semantic version that is not registered yet.")
    config_schema: JSON = strawberry.field(description="JSON Schema 2020-12 of the config, which is an object.")
    body: JSON = strawberry.field(
        description="The keys of DataProductInput except domain and dependencies, with ${…} expressions in CEL over "
        "config, domain and name; schemaExtension names the config's key that holds a custom schema."
    )
    description: str | None = strawberry.field(default=None, description="What the products made from it contain.")
    domain: str | None = strawberry.field(
        default=None,
        description="The only domain that may use it. Without it every domain may; this requires role governance.",
    )


@strawberry.type(description="The outcome of a write to a template.")
class ProductTemplatePayload(Payload):
    @strawberry.field(description="The template; null if the write was refused.")
    def template(outcome: Parent[Outcome]) -> ProductTemplate | None:
        return outcome.thing


def to_template(payload: ProductTemplateInput) -> Given:
    return Given(
        payload.name, payload.version, payload.config_schema, payload.body, payload.description, payload.domain
    )


TemplateName = Annotated[str, strawberry.argument(description="The template's name.")]
TemplateVersion = Annotated[
    str | None, strawberry.argument(description="Version of the template; default is the latest that is not retired.")
]
AfterUrn = Annotated[str | None, strawberry.argument(description="Urn of the last product of the previous page.")]
