"""The price table that MESHWEAVE_PRICES names.

```yaml
currency: EUR
storageGbMonth: 0.023   # a GB stored for a month
requestsMillion: 0.40   # a million requests
transferGb: 0.09        # a GB sent
```
"""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from resolvers.infrastructure.usage import Prices


class PriceTable(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, allow_inf_nan=False)

    currency: str = Field(pattern="^[A-Z]{3}$")
    storage_gb_month: float | None = Field(None, ge=0)
    requests_million: float | None = Field(None, ge=0)
    transfer_gb: float | None = Field(None, ge=0)


def read_prices(file: Path | None) -> Prices | None:
    """Raises ValueError for a file that is not a price table, OSError for one that cannot be read."""
    if file is None:
        return None
    try:
        table = PriceTable.model_validate(yaml.safe_load(file.read_text()))
    except (ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"{file} is not a price table: {error}") from error
    return Prices(table.currency, table.storage_gb_month, table.requests_million, table.transfer_gb)
