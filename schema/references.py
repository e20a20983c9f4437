"""Types that refer to each other across modules: each reference is resolved when the schema is built."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.contract_diff import ContractDiff
    from schema.data_product import DataProduct, DataProductConnection
    from schema.domain import Domain

DataProductReference = Annotated["DataProduct", strawberry.lazy("schema.data_product")]
DataProductConnectionReference = Annotated["DataProductConnection", strawberry.lazy("schema.data_product")]
DomainReference = Annotated["Domain", strawberry.lazy("schema.domain")]
ContractDiffReference = Annotated["ContractDiff", strawberry.lazy("schema.contract_diff")]
