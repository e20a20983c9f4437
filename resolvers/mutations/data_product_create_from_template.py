"""Creates a data product from a template and a config, in one governed write."""

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.mutations import data_product_create
from resolvers.mutations.inputs import ProductInput
from resolvers.templates.body import product_of
from resolvers.templates.queries import template
from resolvers.templates.records import ProductTemplate
from resolvers.writes.pipeline import DEFAULTS, Change, Outcome, Write, WriteOptions

# Key of DataProductInput -> field of `ProductInput`.
FIELDS = {
    "name": "name",
    "type": "type",
    "description": "description",
    "ownerTeam": "owner_team",
    "version": "version",
    "tags": "tags",
    "metadata": "metadata",
    "accessPoints": "access_points",
    "contract": "contract",
}


class FromTemplate(NamedTuple):
    """`version` None: the latest in force. `name` comes before the one that the template makes of the config."""

    template: str
    config: Any
    domain: str
    version: str | None = None
    name: str | None = None
    owner_team: str | None = None


async def create_from_template(
    store: Store, caller: Caller, payload: FromTemplate, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Product`. Faults: NOT_FOUND (template), INVALID_INPUT with each wrong key of the config and its
    path, and those of `create_product`, whose paths lie below `template`."""
    registered = await template(store, payload.template, payload.version)
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(payload, registered), options)


def plan(payload: FromTemplate, registered: ProductTemplate | None) -> Write:
    if registered is None or registered.retired_at is not None or registered.domain not in (None, payload.domain):
        raise UserFault(UserErrorCode.NOT_FOUND, _absence(payload, registered), ("template",))
    schema, body = orjson.loads(registered.config_schema_json), orjson.loads(registered.body_json)
    made, problems = product_of(schema, body, payload.config, payload.domain, payload.name)
    if problems:
        raise UserFaults([UserFault(UserErrorCode.INVALID_INPUT, message, path) for path, message in problems])
    try:
        planned = data_product_create.plan(to_input(payload, made))
    except UserFaults as faults:
        raise UserFaults([UserFault(one.code, one.message, moved(one.field)) for one in faults.faults]) from None

    async def apply(tx: Transaction, state: Any, now: str) -> Change:
        try:
            change = await planned.apply(tx, state, now)
        except UserFault as fault:
            raise UserFault(fault.code, fault.message, moved(fault.field), fault.extra) from None
        except UserFaults as faults:
            raise UserFaults([UserFault(one.code, one.message, moved(one.field)) for one in faults.faults]) from None
        enter = change.last
        origin = {"name": registered.name, "version": registered.version}

        async def last(tx: Transaction) -> None:
            if enter is not None:
                await enter(tx)
            await tx.run(RECORD, made={"id": change.subject_id, **origin})

        return change._replace(last=last, after={**(change.after or {}), "template": origin})

    return planned._replace(name="dataProductCreateFromTemplate", document=payload, apply=apply)


RECORD: LiteralString = """
MATCH (p:DataProduct {id: $made.id}) SET p.templateName = $made.name, p.templateVersion = $made.version RETURN p.id
"""


def to_input(payload: FromTemplate, made: Mapping[str, Any]) -> ProductInput:
    said = {field: made[key] for key, field in FIELDS.items() if key in made}
    if payload.owner_team is not None:
        said["owner_team"] = payload.owner_team
    return ProductInput(**{"name": "", "type": "", **said, "domain": payload.domain})


def moved(path: tuple[str, ...]) -> tuple[str, ...]:
    """Where in this mutation's arguments a fault of the made product belongs."""
    if path[:1] != ("input",):
        return path
    return path[1:] if path[1:2] in (("domain",), ("name",)) else ("template", *path[1:])


def _absence(payload: FromTemplate, registered: ProductTemplate | None) -> str:
    if registered is None:
        which = f" in version {payload.version[:64]}" if payload.version else ""
        return f"There is no template '{payload.template[:128]}'{which}; `templates` lists them."
    if registered.retired_at is not None:
        return f"Version {registered.version} of template '{registered.name}' is retired."
    return f"Template '{registered.name}' is for domain '{registered.domain}' alone."
