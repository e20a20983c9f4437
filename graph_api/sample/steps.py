"""The writes that make the sample mesh, each by the function of its mutation."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, NamedTuple

from graph_api.neo4j.errors import StartError
from graph_api.sample.evolution import NextContract, Refusal, SampleRequest, SampleWaiver, evolved
from graph_api.sample.files import SampleEdge, SampleMesh, SampleProduct
from resolvers.governance.engine.definition import PolicyInput
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.records import ProductStatus
from resolvers.mutations import data_product_transition
from resolvers.mutations.change_request_reject import reject_change_request
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_create import create_product
from resolvers.mutations.data_product_transition import Succession
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import ChangeRequestInput, DomainInput, ProductInput
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.waiver_grant import grant_waiver
from resolvers.writes.batch import batch
from resolvers.writes.dependency_edges import DependencyInput
from resolvers.writes.pipeline import Outcome

# The way a product goes from DEVELOPMENT, where it is created.
WAY = (ProductStatus.TESTING, ProductStatus.PRODUCTION, ProductStatus.DEPRECATED)
# Products moved by one write: few enough for a write's time limit on a machine that is busy with other things.
MOVED_AT_ONCE = 20

Step = tuple[str, Callable[[], Awaitable[None]]]


class Held(NamedTuple):
    """What a database has of the sample: names of domains, `{urn: (id, status)}`, `{name: id}` of policies, the urn and
    version of each contract, `{(urn, version): (id, status)}` of change requests, the policy and urn of each waiver."""

    domains: set[str]
    products: dict[str, tuple[str, str]]
    policies: dict[str, str]
    contracts: set[tuple[str, str]]
    requests: dict[tuple[str, str], tuple[str, str]]
    waivers: set[tuple[str, str]]


HELD: LiteralString = """
RETURN [COLLECT { MATCH (d:Domain) RETURN d.name },
        COLLECT { MATCH (p:DataProduct) RETURN [p.urn, p.id, p.status] },
        COLLECT { MATCH (y:Policy) RETURN [y.name, y.id] },
        COLLECT { MATCH (p:DataProduct)-[:HAS_CONTRACT]->(c:DataContract) RETURN [p.urn, c.version] },
        COLLECT { MATCH (q:ChangeRequest)-[:CONCERNS]->(p:DataProduct) RETURN [p.urn, q.toVersion, q.id, q.status] },
        COLLECT { MATCH (w:Waiver) MATCH (p:DataProduct {id: w.productId}) RETURN [w.policyName, p.urn] }]
"""


async def held(store: Store) -> Held:
    domains, products, policies, contracts, requests, waivers = await store.read(HELD)
    return Held(
        set(domains),
        {urn: (id, status) for urn, id, status in products},
        dict(policies),
        {(urn, version) for urn, version in contracts},
        {(urn, version): (id, status) for urn, version, id, status in requests},
        {(policy, urn) for policy, urn in waivers},
    )


class Loader:
    """The writes still to be done, in order, as `(what, function)`. Ids become known as products are created."""

    def __init__(self, sample: SampleMesh, held: Held, store: Store, caller: Caller) -> None:
        self._sample = sample
        self._held = held
        self._store = store
        self._caller = caller
        self._ids = {urn: id for urn, (id, _) in held.products.items()}
        self._policies = dict(held.policies)
        self._requests = {key: id for key, (id, _) in held.requests.items()}

    def steps(self) -> Iterator[Step]:
        for domain in self._sample.domains:
            if domain["name"] not in self._held.domains:
                yield domain["name"], lambda domain=domain: self._register(domain)
        for product in self._sample.products:
            if product.urn not in self._held.products:
                yield product.urn, lambda product=product: self._create(product)
        for to in WAY:
            waiting = [product for product in self._sample.products if self._passes(product, to)]
            for some in chunks(waiting, MOVED_AT_ONCE):
                yield f"{len(some)} to {to}", lambda some=some, to=to: self._move(some, to)
        for edge in self._sample.edges:
            yield f"{edge.consumer} on {edge.provider}", lambda edge=edge: self._declare(edge)
        for policy in self._sample.policies:
            if policy["name"] not in self._held.policies:
                yield policy["name"], lambda policy=policy: self._define(policy)
        yield from self._evolution()

    def _evolution(self) -> Iterator[Step]:
        contracts, requests, waivers = self._sample.evolution
        for contract in contracts:
            if key_of(contract) not in self._held.contracts:
                yield f"{contract.product} {contract.version}", lambda contract=contract: self._publish(contract)
        for request in requests:
            key = key_of(request.contract)
            _, status = self._held.requests.get(key, ("", ""))
            if not status:
                yield f"request for {' '.join(key)}", lambda request=request: self._open(request)
            if request.refused is not None and status in ("", "PENDING"):
                refused = request.refused
                yield f"answer to {' '.join(key)}", lambda key=key, refused=refused: self._refuse(key, refused)
        for waiver in waivers:
            if (waiver.policy, waiver.product) not in self._held.waivers:
                yield f"waiver for {waiver.product}", lambda waiver=waiver: self._grant(waiver)

    def _passes(self, product: SampleProduct, to: ProductStatus) -> bool:
        """Whether `to` lies between where the product is and where the sample has it."""
        stations = ("DEVELOPMENT", *WAY)
        _, status = self._held.products.get(product.urn, ("", "DEVELOPMENT"))
        return stations.index(status) < stations.index(to) <= stations.index(product.status)

    async def _register(self, domain: dict[str, Any]) -> None:
        written(domain["name"], await register_domain(self._store, self._caller, DomainInput(**snake(domain))))

    async def _create(self, product: SampleProduct) -> None:
        payload = product_input(product, self._ids)
        self._ids[product.urn] = written(product.urn, await create_product(self._store, self._caller, payload)).id

    async def _move(self, products: Sequence[SampleProduct], to: ProductStatus) -> None:
        moves = [
            data_product_transition.plan(self._ids[product.urn], to, succession(product, to)) for product in products
        ]
        one = moves[0] if len(moves) == 1 else batch("sampleLoad", self._caller, moves)
        written(f"to {to}", await write(self._store, self._caller, Action.WRITE_PRODUCT, lambda: one))

    async def _declare(self, edge: SampleEdge) -> None:
        ends = (self._ids[edge.consumer], self._ids[edge.provider])
        payload = DependencyInput(**snake(edge.arguments))
        written(edge.consumer, await declare_dependency(self._store, self._caller, *ends, payload))

    async def _define(self, policy: dict[str, Any]) -> None:
        outcome = await define_policy(self._store, self._caller, PolicyInput(**snake(policy)))
        self._policies[policy["name"]] = written(policy["name"], outcome).id

    async def _publish(self, contract: NextContract) -> None:
        written(contract.product, await publish_contract(*self._contract(contract)))

    async def _open(self, request: SampleRequest) -> None:
        ask = ChangeRequestInput(request.reason, in_days(request.days))
        outcome = await publish_contract(*self._contract(request.contract), change_request=ask)
        opened = outcome.extra.get("change_request")
        if opened is None:
            written(request.contract.product, outcome)
            raise StartError(f"Nobody uses what {request.contract.product} changes.", "Start with an empty database.")
        self._requests[key_of(request.contract)] = opened.id

    def _contract(self, contract: NextContract) -> tuple[Store, Caller, str, dict[str, Any]]:
        terms = evolved(self._sample.first_contract(contract.product), contract)
        return self._store, self._caller, self._ids[contract.product], terms

    async def _refuse(self, key: tuple[str, str], refused: Refusal) -> None:
        answer = (self._requests[key], refused.domain, refused.note)
        written(key[0], await reject_change_request(self._store, self._caller, *answer))

    async def _grant(self, waiver: SampleWaiver) -> None:
        about = (self._policies[waiver.policy], self._ids[waiver.product], waiver.reason, in_days(waiver.days))
        written(waiver.product, await grant_waiver(self._store, self._caller, *about))


def key_of(contract: NextContract) -> tuple[str, str]:
    return contract.product, contract.version


def in_days(days: int) -> str:
    """That many days from now, to the day."""
    return f"{clock.to_text(datetime.now(UTC) + timedelta(days=days))[:10]}T00:00:00.000000Z"


def product_input(product: SampleProduct, ids: dict[str, str]) -> ProductInput:
    payload = snake(product.arguments)
    dependencies = [snake({**one, "provider": ids[one["provider"]]}) for one in payload.pop("dependencies")]
    return ProductInput(**payload, dependencies=[DependencyInput(**one) for one in dependencies])


def snake(payload: dict[str, Any]) -> dict[str, Any]:
    """`payload` with the names that Python's records have; what lies deeper is taken as the API takes it."""
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): value for key, value in payload.items()}


def chunks(products: Sequence[SampleProduct], size: int) -> Iterator[Sequence[SampleProduct]]:
    return (products[at : at + size] for at in range(0, len(products), size))


def succession(product: SampleProduct, to: ProductStatus) -> Succession:
    if to != ProductStatus.DEPRECATED:
        return Succession()
    days = product.sunset_in_days
    sunset = None if days is None else (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    return Succession(product.successor, sunset)


def written(what: str, outcome: Outcome) -> Any:
    """The written record.

    Raises:
        StartError: it was refused.
    """
    if outcome.thing is not None:
        return outcome.thing
    reasons = [fault.message for fault in outcome.user_errors] + [violation.message for violation in outcome.violations]
    raise StartError(f"The sample mesh cannot be loaded, {what}: {' '.join(reasons)}", "Start with an empty database.")
