"""Retires a version of a template: no new products can be made from it; existing ones still name it."""

from typing import LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.mutations.template_register import action_for, document
from resolvers.templates.queries import TEMPLATE
from resolvers.templates.records import ProductTemplate
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


async def retire_template(
    store: Store, caller: Caller, name: str, version: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `ProductTemplate`; again changes nothing. Faults: NOT_FOUND, FORBIDDEN."""
    row = await store.read(FIND, name=name, version=version)
    domain = ProductTemplate(*row).domain if row else None
    return await write(store, caller, action_for(domain), lambda: plan(name, version, action_for(domain)), options)


FIND: LiteralString = "MATCH (t:ProductTemplate {name: $name, version: $version}) RETURN " + TEMPLATE
LOCK: LiteralString = (
    "MATCH (t:ProductTemplate {name: $name, version: $version}) SET t._lock = true REMOVE t._lock RETURN " + TEMPLATE
)
RETIRE: LiteralString = "MATCH (t:ProductTemplate {id: $id}) SET t.retiredAt = $now RETURN " + TEMPLATE


def plan(name: str, version: str, action: Action) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        row = await tx.run(LOCK, name=name, version=version)
        if row is None:
            message = f"There is no registered template '{name[:128]}' {version[:64]}; built-in ones cannot be retired."
            return LockedState(faults=(UserFault(UserErrorCode.NOT_FOUND, message, ("name",)),))
        registered = ProductTemplate(*row)
        return LockedState(registered, (registered.domain,) if registered.domain else ())

    async def apply(tx: Transaction, before: ProductTemplate, now: str) -> Change:
        about = ("TEMPLATE", before.id or "", before.domain)
        if before.retired_at is not None:
            return Change(before, *about, changed=False)
        after = ProductTemplate(*await tx.run(RETIRE, id=before.id, now=now))
        return Change(after, *about, document(before), document(after))

    return Write("templateRetire", action, [name, version], Locks(), NOTHING, look, apply)
