"""What the explorer is tested on: the sample mesh, and by governed writes a hub, a chain, measurements and requests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from graph_api.data.reader import ProcessReader
from resolvers.governance.history.recorder import record
from resolvers.graph.store import Store
from resolvers.interchange import import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.quality_run_execute import execute_next
from schema.context import Process
from tests.graphql_execution import ask

PROFILES = "urn:mesh:customer:profiles"
ORDERS = "urn:mesh:orders:orders"
SEGMENTS = "urn:mesh:customer:segments"
SHRINKAGE = "urn:mesh:inventory:shrinkage"
HUB = "urn:mesh:hub:readings"
CHAIN = "urn:mesh:steps:step_00"

OLD = "urn:mesh:steps:step_old"
NEWSLETTER = "urn:mesh:marketing:newsletter_subscribers"

READER_DOMAINS = ("alpine", "baltic", "celtic", "danube", "ebro", "fjord")
READERS = 66  # consumers of the hub: more than a column shows, and than a box shows at a time in one domain
STEPS = 14
SUNSET = "2999-01-31"

ROWS = 40
LATE = 4  # of the rows, those without an id: completeness is 90 %
SCHEMA = {
    "type": "object",
    "required": ["sensor_id"],
    "properties": {
        "sensor_id": {"type": "string", "description": "Which sensor it is."},
        "celsius": {"type": "number", "description": "What it measured."},
    },
}

PRODUCT = """query($urn: String!) { dataProduct(urn: $urn) { id contract {
  version format classification jsonSchema retention { days }
  sla { metric target unit better } quality { dimension threshold maxDelay } } } }"""
PUBLISH = """mutation($id: ID!, $contract: DataContractInput!, $ask: ChangeRequestInput) {
  dataContractPublish(productId: $id, contract: $contract, openChangeRequest: $ask) {
    changeRequest { id } userErrors { message } violations { message } } }"""
RECORD = """mutation($id: ID!, $records: [RequestRecordInput!]!) {
  requestsRecord(productId: $id, records: $records) { userErrors { message } } }"""
RUN = 'mutation($id: ID!) { qualityRunStart(productId: $id, accessPoint: "batch") { userErrors { message } } }'
SUBMIT = """mutation($id: ID!, $report: QualityReportInput!) {
  qualityReportSubmit(productId: $id, report: $report) { userErrors { message } } }"""
TRANSITION = """mutation($id: ID!, $to: DataProductStatus!, $successor: ID, $sunset: Date) {
  dataProductTransition(id: $id, to: $to, successor: $successor, sunset: $sunset) {
    userErrors { message } violations { message } } }"""
RETIRE = "mutation($id: ID!) { dataProductRetire(id: $id) { userErrors { message } violations { message } } }"
WAIVE = """mutation($policy: ID!, $product: ID!, $until: DateTime!) {
  waiverGrant(policyId: $policy, productId: $product, reason: "Classified next week", expiresAt: $until) {
    userErrors { message } } }"""


class Requests(NamedTuple):
    """Ids of the two change requests that wait for consumers."""

    profiles: str
    orders: str


async def write(store: Store, mutation: str, **variables: Any) -> dict[str, Any]:
    """The payload of a mutation that must succeed."""
    (payload,) = (await ask(store, mutation, caller=ADMINISTRATOR, **variables)).values()
    assert payload["userErrors"] == [], payload
    assert not payload.get("violations"), payload
    return payload


async def extend(store: Store, folder: Path) -> Requests:
    """Adds to the sample mesh what it lacks. `folder` is where files go that the service reads."""
    await import_mesh(store, ADMINISTRATOR, documents())
    await measure(store, folder)
    await publish_compatible(store)
    requests = Requests(
        await propose(store, PROFILES, "language", "Language moves to preferences"),
        await propose(store, ORDERS, "channel", "Channels are modelled anew"),
    )
    await waive(store)
    await retire(store)
    await record_history(store)
    return requests


async def record_history(store: Store) -> None:
    """Brings the history of compliance up to now, which a server does in the background."""
    while not await record(store):
        pass


def documents() -> list[dict[str, Any]]:
    contract = {
        "version": "1.0.0",
        "format": "csv",
        "classification": "INTERNAL",
        "retention": {"days": 365},
        "jsonSchema": SCHEMA,
        "quality": [{"dimension": "completeness", "threshold": 0.95}, {"dimension": "accuracy", "threshold": 0.9}],
    }
    domains = [
        {"kind": "Domain", "name": name, "ownerTeam": f"{name}-team", "description": f"All about {name}."}
        for name in ("hub", "steps", *READER_DOMAINS)
    ]

    def product(domain: str, name: str, **given: Any) -> dict[str, Any]:
        described = {"type": "DERIVED", "description": f"{name} of {domain}.", "contract": contract, **given}
        return {"kind": "DataProduct", "domain": domain, "name": name, **described}

    def edge(consumer: str, provider: str) -> dict[str, Any]:
        return {"kind": "Dependency", "consumer": consumer, "provider": provider}

    points = [{"kind": "BATCH", "uri": "file:///data/readings.csv"}]
    hub = product("hub", "readings", type="SOURCE", accessPoints=points)
    # The first domain has more than a box opens at once.
    homes = [READER_DOMAINS[0] if n < 46 else READER_DOMAINS[1 + n % 5] for n in range(READERS)]
    readers = [product(home, f"reader_{n:02d}") for n, home in enumerate(homes)]
    steps = [product("steps", f"step_{n:02d}") for n in range(STEPS)]
    old = product("steps", "step_old")
    return [
        *domains,
        hub,
        *readers,
        *steps,
        old,
        *(edge(f"urn:mesh:{one['domain']}:{one['name']}", HUB) for one in readers),
        *(edge(f"urn:mesh:steps:step_{n + 1:02d}", f"urn:mesh:steps:step_{n:02d}") for n in range(STEPS - 1)),
    ]


async def measure(store: Store, folder: Path) -> None:
    """A hundred requests to the profiles, one of which failed, and a quality run over a file of the hub's."""
    now = datetime.now(UTC)
    records = [
        {
            "time": clock.to_text(now - timedelta(seconds=n)),
            "duration": 0.12,
            "status": "503" if n == 0 else "success",
        }
        for n in range(100)
    ]
    await write(store, RECORD, id=await product_id(store, PROFILES), records=records)
    lines = [f"{'' if n < LATE else f's{n}'},{20 + n % 5}" for n in range(ROWS)]
    (folder / "readings.csv").write_text("sensor_id,celsius\n" + "\n".join(lines) + "\n")
    sources = folder / "sources.yaml"
    sources.write_text(f"- uri: file:///data/\n  root: {folder}\n")
    for days, score in enumerate((0.97, 0.93, 0.96), start=1):
        check = {"id": "completeness", "dimension": "completeness", "score": score}
        finished = clock.to_text(now - timedelta(days=4 - days))
        report = {"origin": "checker", "accessPoint": "batch", "finishedAt": finished, "checks": [check]}
        await write(store, SUBMIT, id=await product_id(store, HUB), report=report)
    reader = ProcessReader(sources)
    await write(store, RUN, process=Process(reader=reader), id=await product_id(store, HUB))
    assert await execute_next(store, reader)


async def publish_compatible(store: Store) -> None:
    """The segments get an optional field: a second version whose changes can be shown."""
    contract = await contract_of(store, SEGMENTS)
    major, minor, _ = contract["version"].split(".")
    contract["jsonSchema"]["properties"]["note"] = {"type": "string", "description": "What the marketer wrote."}
    contract["version"] = f"{major}.{int(minor) + 1}.0"
    await write(store, PUBLISH, id=await product_id(store, SEGMENTS), contract=contract)


async def propose(store: Store, urn: str, field: str, reason: str) -> str:
    """A contract without a field that consumers read: their domains are asked."""
    contract = await contract_of(store, urn)
    schema = contract["jsonSchema"]
    del schema["properties"][field]
    schema["required"] = [name for name in schema.get("required", []) if name != field]
    contract["version"] = f"{int(contract['version'].split('.')[0]) + 2}.0.0"  # the sample has a refused one before
    payload = await write(store, PUBLISH, id=await product_id(store, urn), contract=contract, ask={"reason": reason})
    return payload["changeRequest"]["id"]


async def waive(store: Store) -> None:
    policies = (await ask(store, "{ policies(first: 100) { nodes { id name } } }"))["policies"]["nodes"]
    policy = next(one["id"] for one in policies if one["name"] == "classified-data")
    until = clock.to_text(datetime.now(UTC) + timedelta(days=10))
    await write(store, WAIVE, policy=policy, product=await product_id(store, SHRINKAGE), until=until)


async def retire(store: Store) -> None:
    """A product that another one replaces."""
    old = await product_id(store, OLD)
    successor = await product_id(store, CHAIN)
    for to in ("TESTING", "PRODUCTION"):
        await write(store, TRANSITION, id=old, to=to)
    await write(store, TRANSITION, id=old, to="DEPRECATED", successor=successor, sunset=SUNSET)
    await write(store, RETIRE, id=old)


async def product_id(store: Store, urn: str) -> str:
    return (await ask(store, PRODUCT, urn=urn))["dataProduct"]["id"]


async def contract_of(store: Store, urn: str) -> dict[str, Any]:
    """The contract in force, as `DataContractInput` takes it."""
    return (await ask(store, PRODUCT, urn=urn))["dataProduct"]["contract"]
