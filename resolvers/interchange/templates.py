"""Templates of an import and an export. An import registers those that do not exist yet."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from resolvers.graph.store import Store
from resolvers.interchange.documents import TemplateItem, reason
from resolvers.model.access import Caller
from resolvers.mutations.template_register import TemplateInput, register_template
from resolvers.templates import queries
from resolvers.templates.records import ProductTemplate
from resolvers.writes.pipeline import DEFAULTS, WriteOptions


class Registered(NamedTuple):
    """How many versions were added, and how many were there; `reasons` say what was refused."""

    added: int = 0
    known: int = 0
    reasons: tuple[str, ...] = ()


async def live_templates(store: Store) -> list[ProductTemplate]:
    """The registered versions that are not retired, by name, the oldest first."""
    registered = [one for one in await queries.templates(store) if one.id is not None]
    return sorted(registered, key=lambda one: (one.name, queries.version_key(one.version)))


def template_document(template: ProductTemplate) -> dict[str, Any]:
    values = {
        "kind": "Template",
        "name": template.name,
        "version": template.version,
        "domain": template.domain,
        "description": template.description,
        "configSchema": orjson.loads(template.config_schema_json),
        "body": orjson.loads(template.body_json),
    }
    return {key: value for key, value in values.items() if value is not None}


async def write_templates(
    store: Store, caller: Caller, items: Sequence[TemplateItem], options: WriteOptions = DEFAULTS
) -> Registered:
    done = Registered()
    for item in items:
        payload, name = item.payload, f"Template {item.payload.name} {item.payload.version}"
        there = await queries.template(store, payload.name, payload.version)
        if there is not None and there.retired_at is None and says_same(payload, there):
            done = done._replace(known=done.known + 1)
            continue
        outcome = await register_template(store, caller, payload, options)
        if outcome.user_errors:
            reasons = tuple(reason(item.at, fault, name) for fault in outcome.user_errors)
            done = done._replace(reasons=(*done.reasons, *reasons))
        else:
            done = done._replace(added=done.added + 1)
    return done


def says_same(payload: TemplateInput, template: ProductTemplate) -> bool:
    """What the document leaves out is as it is."""
    return (
        payload.description in (None, template.description)
        and payload.domain == template.domain
        and payload.config_schema == orjson.loads(template.config_schema_json)
        and payload.body == orjson.loads(template.body_json)
    )
