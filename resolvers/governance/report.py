"""Compliance reports, now or at a past time. The number of queries does not depend on the number of products."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, LiteralString, NamedTuple

from aiodataloader import DataLoader

from resolvers.catalog import domains
from resolvers.governance.engine.active_policies import policies_in_force
from resolvers.governance.engine.binding import Bound, applies, needs_of
from resolvers.governance.engine.evaluate import find_all, split_by_effect
from resolvers.governance.engine.facts_cypher import MESH, Scope, load
from resolvers.governance.engine.pattern import offences_of
from resolvers.governance.facts import ProductFacts
from resolvers.graph.store import Store
from resolvers.loading.loaders import Loaders
from resolvers.loading.snapshots import marked
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import plain_id
from resolvers.model.portions import Steps, each, giving_way, pause
from resolvers.model.records import Policy, Product
from resolvers.model.shared_read import SharedRead
from resolvers.paging.connection import Listing, Page, page_size
from resolvers.paging.cursors import ListScope, decode
from resolvers.writes.judgement import Violation

MAX_PRODUCTS = 1_000


class Report(NamedTuple):
    """`products` were looked at as they were at `as_of`. `violations` are of mandatory policies and not waived;
    `warnings` are of advisory ones, or waived. Both by urn and policy."""

    generated_at: str
    as_of: str
    products: tuple[ProductFacts, ...]
    policies: tuple[Policy, ...]
    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]
    past: bool = False

    @property
    def overall_compliance(self) -> bool:
        """Advisory and waived findings do not count."""
        return not self.violations

    @property
    def checked_products(self) -> int:
        return len(self.products)


class Tally(NamedTuple):
    """Compliance of one domain or one policy. Counts are numbers of findings; `compliant_products` counts products
    without a violation. If nothing could be checked, `not_checked` says why and all counts are zero."""

    key: str
    policy: Policy | None
    checked_products: int
    compliant_products: int
    violations: int
    warnings: int
    waived: int
    not_checked: str | None = None

    @property
    def overall_compliance(self) -> bool:
        return self.violations == 0


async def report_on(
    store: Store, scope: Scope = MESH, as_of: str | None = None, fields: tuple[str, ...] = Product._fields
) -> Report:
    """`fields` are those of `Product` that are read of the products, beside their cards and what the policies need.
    Raises `UserFault` for an unknown domain or product, and for a time to come."""
    now = clock.now()
    check_time(as_of, now)
    report = await _build(store, scope, as_of, now, fields)
    await _check_scope(store, scope, report)
    return report


def check_time(as_of: str | None, now: str) -> None:
    if as_of is not None and as_of > now:
        raise UserFault(UserErrorCode.INVALID_INPUT, f"{as_of} is in the future: give a past time, or none.", ("asOf",))


def product_scope(ids: Sequence[str]) -> Scope:
    if not ids:
        message = "Name at least one product, or leave the scope out for the whole mesh."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("scope", "products"))
    if len(ids) > MAX_PRODUCTS:
        message = f"{len(ids)} products: ask for at most {MAX_PRODUCTS} at once, or for a domain or the mesh."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("scope", "products"))
    return Scope(ids=tuple(dict.fromkeys(map(plain_id, ids))))


async def _build(store: Store, scope: Scope, as_of: str | None, now: str, fields: tuple[str, ...]) -> Report:
    at = as_of or now
    policies = await policies_in_force(store.read, at)
    needs = needs_of(policies)
    loaded = await load(store.read, scope, needs, at, past=as_of is not None, at_once=True, shown=fields)
    if as_of is None:
        loaded = loaded._replace(offences=await offences_of(store.read, policies, scope.ids))
    facts = tuple(sorted((one.product for one in loaded.facts.values()), key=lambda product: product.record.urn))
    all_violations = await find_all(sorted(policies, key=lambda bound: (bound.policy.name, bound.policy.id)), loaded)
    violations, warnings = await giving_way(_in_order(all_violations, facts))
    return Report(
        generated_at=now,
        as_of=at,
        products=facts,
        policies=tuple(bound.policy for bound in policies if _matters(bound, facts, scope)),
        violations=violations,
        warnings=warnings,
        past=as_of is not None,
    )


def _in_order(
    violations: list[Violation], products: Sequence[ProductFacts]
) -> Steps[tuple[tuple[Violation, ...], tuple[Violation, ...]]]:
    """Violations and warnings, each by the order of `products`, and those of a product by policy as before."""
    order = {product.record.id: place for place, product in enumerate(products)}
    yield from pause(products)
    violations.sort(key=lambda violation: order[violation.product_id])
    yield from pause(violations)
    return (yield from split_by_effect(violations))


def _matters(bound: Bound, facts: Iterable[ProductFacts], scope: Scope) -> bool:
    return scope == MESH or any(applies(bound.policy, product.id, product.domain) for product in facts)


THERE: LiteralString = "UNWIND $value.ids AS id MATCH (p:DataProduct {id: id}) RETURN collect(p.id)"


async def _check_scope(store: Store, scope: Scope, report: Report) -> None:
    checked = {product.id for product in report.products}
    missing = [id for id in scope.ids or () if id not in checked]
    if missing:  # a product that did not exist at that time, or is retired, is known all the same
        existing = set(await store.read(THERE, value={"ids": missing}))
        missing = [id for id in missing if id not in existing]
    if missing:
        raise UserFault(
            UserErrorCode.NOT_FOUND, f"There is no data product '{missing[0][:200]}'.", ("scope", "products")
        )
    if scope.domains and not report.products:
        registered = await domains.by_names(store, scope.domains)
        if None in registered:
            message = f"There is no domain '{scope.domains[registered.index(None)][:200]}'."
            raise UserFault(UserErrorCode.NOT_FOUND, message, ("scope", "domain"))


# -- parts of a report -------------------------------------------------------------------------------------------------


def by_domain(report: Report) -> Steps[list[Tally]]:
    """By name; `key` is the domain's."""
    home = {product.id: product.domain for product in report.products}
    checked = Counter(home.values())
    yield from pause(report.products)
    violations = yield from _by_part(report.violations, home)
    warnings = yield from _by_part(report.warnings, home)
    return [
        _tally(name, None, checked[name], violations.get(name, ()), warnings.get(name, ())) for name in sorted(checked)
    ]


def by_policy(report: Report) -> Steps[list[Tally]]:
    """By name; `key` is the policy's id, and `checked_products` those in its scope."""
    violations = yield from _sorted_out(report.violations, attrgetter("policy.id"))
    warnings = yield from _sorted_out(report.warnings, attrgetter("policy.id"))

    def tally(policy: Policy) -> Tally:
        refused, warned = violations.get(policy.id, ()), warnings.get(policy.id, ())
        return _tally(policy.id, policy, _in_scope(report, policy), refused, warned)

    return [
        _not_checked(policy) if policy.rule_kind == "GRAPH_PATTERN" and report.past else tally(policy)
        for policy in report.policies
    ]


def _not_checked(policy: Policy) -> Tally:
    return Tally(policy.id, policy, 0, 0, 0, 0, 0, "A graph pattern looks at the graph as it is; no past can be asked.")


def _in_scope(report: Report, policy: Policy) -> int:
    if policy.scope == "MESH":
        return len(report.products)
    return sum(applies(policy, product.id, product.domain) for product in report.products)


def _tally(
    key: str, policy: Policy | None, checked: int, refused: Sequence[Violation], warned: Sequence[Violation]
) -> Tally:
    offenders = len({violation.product_id for violation in refused})
    waived = sum(violation.waiver is not None for violation in warned)  # what is waived refuses nothing
    return Tally(key, policy, checked, checked - offenders, len(refused), len(warned), waived)


def listing(report: Report, kind: str, first: int | None, after: str | None) -> Listing[Violation]:
    """`kind` is violations or warnings; by the product's urn, then by policy."""
    size = page_size(first)
    scope = ListScope("compliance", kind)
    place = decode(after, scope, str, str, str, int)
    violations = report.violations if kind == "violations" else report.warnings

    def key(number: int) -> list[Any]:
        return place_of(violations, number)

    async def read() -> Page:
        start = 0 if place is None else bisect_right(range(len(violations)), place, key=key)
        return Page(
            [shown(report, one) for one in violations[start : start + size]],
            lambda step: key(start + step),
            len(violations) > start + size,
        )

    async def count() -> int:
        return len(violations)

    return Listing(scope, place, read, count)


def shown(report: Report, violation: Violation) -> Violation:
    """A finding about the past has a product with an id of its own: a client's cache keeps products by id."""
    product = violation.product if report.past else None
    return violation if product is None else violation._replace(product=marked(product, report.as_of))


def place_of(violations: Sequence[Violation], number: int) -> list[Any]:
    """A finding's product and policy in the order of a report, and its number among those of both."""
    violation = violations[number]
    first = number
    while first and is_alike(violations[first - 1], violation):
        first -= 1
    urn = violation.product.urn if violation.product else ""
    return [urn, violation.policy.name, violation.policy.id, number - first]


def is_alike(one: Violation, other: Violation) -> bool:
    return one.product_id == other.product_id and one.policy.id == other.policy.id


# -- reports that hang off a list --------------------------------------------------------------------------------------


def one_report(loaders: Loaders, scope: Scope, as_of: str | None) -> SharedRead[Report]:
    """Made once, however often an operation asks for it. Give it to `Loaders.once`."""
    return SharedRead(lambda: report_on(loaders.store, scope, as_of, loaders.product_fields))


def product_reports(loaders: Loaders, as_of: str | None) -> DataLoader[str, Report]:
    """By the product's id; one report serves the whole list. Give it to `Loaders.once`."""

    async def read(ids: list[str]) -> list[Report]:
        report = await report_on(loaders.store, Scope(ids=tuple(ids)), as_of, loaders.product_fields)
        parts = await giving_way(split(report, {product.id: product.id for product in report.products}))
        return [parts.get(id, empty(report)) for id in ids]

    return DataLoader(read)


def domain_reports(loaders: Loaders, as_of: str | None) -> DataLoader[str, Report]:
    """By the domain's name."""

    async def read(names: list[str]) -> list[Report]:
        report = await report_on(loaders.store, Scope(domains=tuple(names)), as_of, loaders.product_fields)
        parts = await giving_way(split(report, {product.id: product.domain for product in report.products}))
        return [parts.get(name, empty(report)) for name in names]

    return DataLoader(read)


def split(report: Report, part_of: dict[str, str]) -> Steps[dict[str, Report]]:
    """The report in parts; `part_of` says to which one each product belongs."""
    facts: dict[str, list[ProductFacts]] = {}
    for product in report.products:
        facts.setdefault(part_of[product.id], []).append(product)
    violations = yield from _by_part(report.violations, part_of)
    warnings = yield from _by_part(report.warnings, part_of)
    return {
        key: report._replace(
            products=tuple(own),
            policies=tuple(p for p in report.policies if any(applies(p, one.id, one.domain) for one in own)),
            violations=tuple(violations.get(key, ())),
            warnings=tuple(warnings.get(key, ())),
        )
        for key, own in facts.items()
    }


def _by_part(violations: Sequence[Violation], part_of: dict[str, str]) -> Steps[dict[str, list[Violation]]]:
    return _sorted_out(violations, lambda violation: part_of[violation.product_id])


def _sorted_out(violations: Sequence[Violation], key: Callable[[Violation], str]) -> Steps[dict[str, list[Violation]]]:
    parts: defaultdict[str, list[Violation]] = defaultdict(list)

    def sort_out(some: Iterable[Violation]) -> None:
        for violation in some:
            parts[key(violation)].append(violation)

    yield from each(sort_out, violations)
    return parts


def empty(report: Report) -> Report:
    """Of what did not exist at the time, or holds no product."""
    return report._replace(products=(), policies=(), violations=(), warnings=())
