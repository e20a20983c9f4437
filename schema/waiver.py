"""A waiver: leave for one product to break one policy for a while."""

from typing import Any

import strawberry

from resolvers.writes import judgement
from schema.loaded_fields import loaded
from schema.references import DataProductReference
from schema.scalars import DateTime


@strawberry.type(description="Leave for one product to break one policy; past its expiry it counts for nothing.")
class Waiver:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    policy_name: str = strawberry.field(description="The policy, in all its versions.")
    reason: str = strawberry.field(description="Why it was granted.")
    granted_by: str = strawberry.field(description="Who granted it.")
    granted_at: DateTime = strawberry.field(description="When it was granted.")
    expires_at: DateTime = strawberry.field(description="Until when it counts.")

    product: DataProductReference = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product that holds it."
    )

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, judgement.Waiver)
