"""Registers a version of a product template."""

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import Prefix, new_id
from resolvers.model.json_values import storable_fault
from resolvers.templates.body import body_problems
from resolvers.templates.builtin import builtin_templates
from resolvers.templates.config import schema_problem
from resolvers.templates.queries import TEMPLATE
from resolvers.templates.records import ProductTemplate
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

MAX_BYTES = 256 * 1024


class TemplateInput(NamedTuple):
    """`domain` None: for every domain, which takes role governance."""

    name: str
    version: str
    config_schema: Any
    body: Any
    description: str | None = None
    domain: str | None = None


async def register_template(
    store: Store, caller: Caller, payload: TemplateInput, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `ProductTemplate`. Faults: INVALID_INPUT, NOT_FOUND (domain), ALREADY_EXISTS, FORBIDDEN."""
    return await write(store, caller, action_for(payload.domain), lambda: plan(caller, payload), options)


def action_for(domain: str | None) -> Action:
    return Action.MANAGE_MESH_TEMPLATE if domain is None else Action.MANAGE_DOMAIN_TEMPLATE


def plan(caller: Caller, payload: TemplateInput) -> Write:
    made = check(payload)

    async def look(tx: Transaction, products: Products) -> LockedState:
        if payload.domain is None:
            return LockedState()
        if await tx.run(DOMAIN, name=payload.domain) is None:
            message = f"There is no domain '{payload.domain[:200]}'."
            return LockedState(faults=(UserFault(UserErrorCode.NOT_FOUND, message, ("input", "domain")),))
        return LockedState(None, (payload.domain,))

    async def apply(tx: Transaction, _: Any, now: str) -> Change:
        row, owner = await tx.run(REGISTER, template=_properties(made._replace(created_by=caller.name, created_at=now)))
        if row is None or made.name in {one.name for one in builtin_templates() if one.version == made.version}:
            message = f"Version {made.version} of template '{made.name}' is registered already; versions never change."
            raise UserFault(UserErrorCode.ALREADY_EXISTS, message, ("input", "version"))
        shadows = any(one.name == made.name for one in builtin_templates()) and made.domain is not None
        if shadows or owner != [made.domain]:
            message = f"The name '{made.name}' belongs to {_owner(owner, made.domain)}: choose another one."
            raise UserFault(UserErrorCode.ALREADY_EXISTS, message, ("input", "name"))
        template = ProductTemplate(*row)
        return Change(template, "TEMPLATE", template.id or "", template.domain, None, document(template))

    return Write("templateRegister", action_for(payload.domain), payload, Locks(), NOTHING, look, apply)


def _owner(owners: list[str | None], mine: str | None) -> str:
    others = [owner for owner in owners if owner != mine]
    return f"domain '{others[0]}'" if others and others[0] else "the whole mesh"


DOMAIN: LiteralString = "MATCH (d:Domain {name: $name}) RETURN d.name"
# A template's name belongs to one domain or to the mesh. Null: that version is there already.
REGISTER: LiteralString = f"""
MERGE (t:ProductTemplate {{name: $template.name, version: $template.version}})
ON CREATE SET t = $template
WITH t
CALL (t) {{
  MATCH (o:ProductTemplate {{name: t.name}}) RETURN collect(DISTINCT coalesce(o.domain, '')) AS owners
}}
RETURN [CASE WHEN t.id = $template.id THEN {TEMPLATE} END, [o IN owners | CASE WHEN o = '' THEN null ELSE o END]]
"""


def check(payload: TemplateInput) -> ProductTemplate:
    """Raises `UserFaults` with all that is wrong and can be known without the graph."""
    faults = validation.Faults()
    if problem := schema_problem(payload.config_schema):
        faults.add(("input", "configSchema"), problem)
    for path, message in body_problems(payload.body):
        faults.add(("input", "body", *path), message)
    written = {}
    for key, value in (("configSchema", payload.config_schema), ("body", payload.body)):
        lost = storable_fault(value)
        if lost is not None:
            faults.add(("input", key, *lost.path), lost.message)
        written[key] = "{}" if lost else orjson.dumps(value).decode()
        if len(written[key]) > MAX_BYTES:
            faults.add(("input", key), f"At most {MAX_BYTES:,} bytes.")
    template = ProductTemplate(
        id=new_id(Prefix.TEMPLATE),
        name=validation.name(faults, payload.name, ("input", "name")),
        version=validation.version(faults, payload.version, ("input", "version")),
        description=validation.description(faults, payload.description, ("input", "description")),
        domain=payload.domain,
        config_schema_json=written["configSchema"],
        body_json=written["body"],
        created_by="",
        created_at="",
        retired_at=None,
    )
    faults.raise_any()
    return template


def _properties(template: ProductTemplate) -> Mapping[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "version": template.version,
        "description": template.description,
        "domain": template.domain,
        "configSchemaJson": template.config_schema_json,
        "bodyJson": template.body_json,
        "createdBy": template.created_by,
        "createdAt": template.created_at,
        "retiredAt": template.retired_at,
    }


def document(template: ProductTemplate) -> dict[str, Any]:
    """For the audit log."""
    audited = dict(_properties(template))
    schema, body = audited.pop("configSchemaJson"), audited.pop("bodyJson")
    return {**audited, "configSchema": orjson.loads(schema), "body": orjson.loads(body)}
