"""dataProductCreateFromTemplate."""

from typing import Any

from resolvers.mutations.data_product_create_from_template import FromTemplate, create_from_template
from schema.context import Info
from schema.payloads import DataProductPayload, DryRun, IdempotencyKey, options, written
from schema.scalars import JSON
from schema.template import TemplateName, TemplateVersion


async def data_product_create_from_template(
    info: Info,
    template: TemplateName,
    config: JSON,
    domain: str,
    version: TemplateVersion = None,
    name: str | None = None,
    owner_team: str | None = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> DataProductPayload | None:
    write_options, context = options(dry_run, idempotency_key), info.context
    payload = FromTemplate(template, config, domain, version, name, owner_team)
    answer: Any = await written(info, create_from_template(context.store, context.caller, payload, write_options))
    return answer
