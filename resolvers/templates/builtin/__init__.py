"""The built-in templates, one JSON file each."""

from functools import cache
from importlib.resources import files

import orjson

from resolvers.templates.records import ProductTemplate

NAMES = ("customer_events", "customer_segments", "order_analytics")


@cache
def builtin_templates() -> tuple[ProductTemplate, ...]:
    """By name."""
    return tuple(_read(name) for name in NAMES)


def _read(name: str) -> ProductTemplate:
    document = orjson.loads((files(__name__) / f"{name}.json").read_bytes())
    return ProductTemplate(
        id=None,
        name=name,
        version=document["version"],
        description=document["description"],
        domain=None,
        config_schema_json=orjson.dumps(document["configSchema"]).decode(),
        body_json=orjson.dumps(document["body"]).decode(),
        created_by="meshweave",
        created_at=None,
        retired_at=None,
    )
