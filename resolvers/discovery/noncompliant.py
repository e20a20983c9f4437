"""Finds the products that violate a mandatory policy now, for the filter `compliant`."""

from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.governance.engine.binding import needs_of
from resolvers.governance.engine.evaluate import find_all, refuses
from resolvers.governance.engine.facts_cypher import MESH, load
from resolvers.governance.engine.pattern import offences_of
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.records import Enforcement
from resolvers.model.shared_read import SharedRead


async def offending_ids(store: Store) -> list[str]:
    """Sorted ids. Advisory and waived findings do not count, as in `ComplianceReport.overallCompliance`."""
    now = clock.now()
    policies = [
        bound for bound in await policies_in_force(store.read, now) if bound.policy.enforcement == Enforcement.MANDATORY
    ]
    if not policies:
        return []
    needs = needs_of(policies)
    loaded = await load(store.read, MESH, needs, now, at_once=True, shown=())
    loaded = loaded._replace(offences=await offences_of(store.read, policies, None))
    violations = await find_all(policies, loaded)
    return sorted({violation.product_id for violation in violations if refuses(violation)})


def offenders(scope: RequestScope) -> SharedRead[list[str]]:
    """Found once, however many lists of an operation ask. Give it to `RequestScope.once`."""
    return SharedRead(lambda: offending_ids(scope.store))
