"""Records of product templates. A version never changes once it is registered."""

from typing import NamedTuple


class ProductTemplate(NamedTuple):
    """`domain` None: for every domain. `config_schema_json` is JSON Schema 2020-12; `body_json` has the keys of
    DataProductInput, with `${…}` expressions. A built-in one has no `id`, and `created_by` is `meshweave`."""

    id: str | None
    name: str
    version: str
    description: str
    domain: str | None
    config_schema_json: str
    body_json: str
    created_by: str
    created_at: str | None
    retired_at: str | None
