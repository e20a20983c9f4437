"""Arguments that refer to a product, contract or domain by id or by name."""

from resolvers.catalog.contracts import is_contract_reference
from resolvers.graph.product_references import is_urn
from resolvers.model.ids import Prefix, prefix_of
from schema.context import Info


async def to_product_id(info: Info, reference: str) -> str:
    """The id of the product that an id or a urn names. What names no product stays as it is, for the message."""
    return await info.context.loaders.product_id.load(reference) if is_urn(reference) else reference


async def to_product_ids(info: Info, references: list[str]) -> list[str]:
    return await info.context.loaders.product_id.load_many(references) if any(map(is_urn, references)) else references


async def to_contract_id(info: Info, reference: str) -> str:
    """The id of the contract that an id or a product's urn names: `urn@version`, or the urn for the one in force."""
    return await info.context.loaders.contract_id.load(reference) if is_contract_reference(reference) else reference


async def to_domain_id(info: Info, reference: str) -> str:
    """The id of the domain that an id or a name names."""
    if prefix_of(reference) is Prefix.DOMAIN:
        return reference
    domain = await info.context.loaders.domain_by_name.load(reference)
    return reference if domain is None else domain.id
