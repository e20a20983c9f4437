"""A waiver: one product may violate one policy until a time."""

from typing import Any

import strawberry

from resolvers.writes import judgement
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import DateTime


@strawberry.federation.type(
    keys=["id"], description="Permission for one product to violate one policy until it expires."
)
class Waiver:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    policy_name: str = strawberry.field(description="The policy, in all its versions.")
    reason: str = strawberry.field(description="Why it was granted.")
    granted_by: str = strawberry.field(description="Who granted it.")
    granted_at: DateTime = strawberry.field(description="When it was granted.")
    expires_at: DateTime = strawberry.field(description="When it expires.")

    product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product that it covers."
    )

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, judgement.Waiver)
