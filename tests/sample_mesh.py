"""The sample mesh for tests, and what is known of it by name."""

from collections import deque

import neo4j

from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from graph_api.sample.files import read_sample
from graph_api.sample.load import load_sample
from tests.conftest import EMPTY_LOG, WIPE

# (policy, product) of what the mandatory policies find.
VIOLATIONS = {
    ("classified-data", "urn:mesh:digital:experiments"),
    ("classified-data", "urn:mesh:inventory:shrinkage"),
    ("classified-data", "urn:mesh:marketing:newsletter_subscribers"),
    ("customer-service-levels", "urn:mesh:customer:lifetime_value"),
    ("customer-service-levels", "urn:mesh:customer:loyalty_cards"),
    ("retention-stated", "urn:mesh:digital:experiments"),
    ("retention-stated", "urn:mesh:marketing:newsletter_subscribers"),
}
# The same of the advisory ones, and what a waiver covers.
WARNINGS: set[tuple[str, str]] = {
    ("documented-schemas", "urn:mesh:catalog:supplier_feed"),
    ("documented-schemas", "urn:mesh:digital:experiments"),
    ("documented-schemas", "urn:mesh:finance:executive_scorecard"),
    ("finance-availability", "urn:mesh:finance:executive_scorecard"),
    ("finance-availability", "urn:mesh:finance:marketing_return"),
    ("finance-availability", "urn:mesh:finance:revenue_daily"),
    ("no-cycles", "urn:mesh:digital:recommendation_outcomes"),
    ("no-cycles", "urn:mesh:digital:recommendations"),
    ("retention-stated", "urn:mesh:digital:clickstream"),
    ("stable-providers", "urn:mesh:marketing:audiences"),
    ("stable-providers", "urn:mesh:marketing:message_sends"),
}
# Nothing runs yet when the sample is loaded.
WARNINGS |= {
    (policy, product.urn)
    for policy in ("customer-infrastructure", "customer-quality-run", "customer-service-levels-met")
    for product in read_sample().products
    if product.arguments["domain"] == "customer" and product.status == "PRODUCTION"
}


async def fresh_sample(endpoint: Endpoint, driver: neo4j.AsyncDriver, request_driver: neo4j.AsyncDriver) -> Neo4jStore:
    """A store on a database that holds the sample mesh and nothing else."""
    for statement in (WIPE, EMPTY_LOG):
        await driver.execute_query(statement, database_=endpoint.database)
    store = Neo4jStore(request_driver, endpoint.database)
    await load_sample(store)
    return store


def consumers() -> dict[str, set[str]]:
    """Who depends on whom, by urn, as the files say."""
    found: dict[str, set[str]] = {product.urn: set() for product in read_sample().products}
    edges = [(product.urn, provider) for product in read_sample().products for provider in product.providers]
    for consumer, provider in (*edges, *((edge.consumer, edge.provider) for edge in read_sample().edges)):
        found[provider].add(consumer)
    return found


def providers() -> dict[str, set[str]]:
    turned: dict[str, set[str]] = {urn: set() for urn in consumers()}
    for provider, those in consumers().items():
        for consumer in those:
            turned[consumer].add(provider)
    return turned


def distances(root: str, following: dict[str, set[str]], depth: int) -> dict[str, int]:
    """The fewest edges from `root` to each product within `depth`."""
    found, queue = {root: 0}, deque([root])
    while queue:
        here = queue.popleft()
        for there in following[here] - found.keys() if found[here] < depth else ():
            found[there] = found[here] + 1
            queue.append(there)
    return found
