"""Change requests: a breaking contract waits for one decision of each affected consumer domain until a deadline."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.contracts.impact import Impact
from resolvers.contracts.report import DiffReport, report_of
from resolvers.contracts.spec import ContractSpec
from resolvers.contracts.usage import domains_of
from resolvers.graph.store import Store, Transaction
from resolvers.model.canonical_json import canonical
from resolvers.model.ids import Prefix, new_id
from resolvers.model.records import Contract
from resolvers.writes.idempotency import decode, encode, replayable


class Status(StrEnum):
    """As stored. A PENDING request past its deadline counts as EXPIRED; one whose base was replaced, as OUTDATED."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    PUBLISHED = "PUBLISHED"
    EXPIRED = "EXPIRED"
    OUTDATED = "OUTDATED"


OPEN = frozenset({Status.PENDING, Status.APPROVED})


class Decision(StrEnum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@replayable
class Approval(NamedTuple):
    """What one consumer domain says. `products` are its products that the change breaks, by urn."""

    domain: str
    decision: str
    decided_by: str | None
    decided_at: str | None
    note: str | None
    products: list[str]


@replayable
class ChangeRequest(NamedTuple):
    """`spec_json` is the proposed contract, `diff_json` what it changes; `effective_from` None: once published."""

    id: str
    product_id: str
    domain: str
    base_contract_id: str
    from_version: str
    to_version: str
    spec_json: str
    diff_json: str
    reason: str
    status: str
    opened_by: str
    opened_at: str
    deadline: str
    effective_from: str | None
    closed_at: str | None
    contract_id: str | None
    current_contract_id: str | None
    approvals: list[Approval]


class RequestTerms(NamedTuple):
    """How a publisher asks: until when the consumers may answer, from when the contract would hold, and why."""

    deadline: str
    effective_from: str | None
    reason: str


PROJECTION: LiteralString = """[q.id, q.productId, q.domain, q.baseContractId, q.fromVersion, q.toVersion, q.specJson,
  q.diffJson, q.reason, q.status, q.openedBy, q.openedAt, q.deadline, q.effectiveFrom, q.closedAt, q.contractId,
  COLLECT { MATCH (q)-[:CONCERNS]->(p:DataProduct) RETURN p.contractId }[0],
  COLLECT { MATCH (q)-[n:NEEDS]->(d:Domain) WITH n, d ORDER BY d.name
    RETURN [d.name, n.decision, n.decidedBy, n.decidedAt, n.note, n.products] }]"""


def from_row(row: Sequence[Any] | None) -> ChangeRequest | None:
    if row is None:
        return None
    *plain, approvals = row
    return ChangeRequest._make([*plain, [Approval._make(approval) for approval in approvals]])


def status_at(request: ChangeRequest, now: str) -> Status:
    """The status as of `now`: neither a deadline nor a newer contract writes to the request."""
    if request.status not in OPEN:
        return Status(request.status)
    if request.current_contract_id != request.base_contract_id:
        return Status.OUTDATED
    if request.status == Status.PENDING and request.deadline <= now:
        return Status.EXPIRED
    return Status(request.status)


CREATE: LiteralString = f"""
MATCH (p:DataProduct {{id: $request.productId}})
CREATE (q:ChangeRequest)-[:CONCERNS]->(p)
SET q = $request
WITH q
CALL (q) {{
  UNWIND $needs AS need
  MATCH (d:Domain {{name: need.domain}})
  CREATE (q)-[n:NEEDS]->(d)
  SET n = need
}}
RETURN {PROJECTION}
"""


async def open_request(
    tx: Transaction,
    current: Contract,
    domain: str,
    spec: ContractSpec,
    impact: Impact,
    proposal: RequestTerms,
    caller: str,
    now: str,
) -> ChangeRequest:
    """Stores the proposal. The product's own domain agrees by asking; every other affected one has to answer."""
    if impact.diff is None:
        raise ValueError("a first contract needs no change request")
    needs = [need(impact, affected_domain, domain, caller, now) for affected_domain in domains_of(impact.affected)]
    pending = any(entry["decision"] == Decision.PENDING for entry in needs)
    request = {
        "id": new_id(Prefix.CHANGE_REQUEST),
        "productId": current.product_id,
        "domain": domain,
        "baseContractId": current.id,
        "fromVersion": current.version,
        "toVersion": spec.version,
        "specJson": spec.model_dump_json(by_alias=True),
        "diffJson": canonical(encode(report_of(impact))),
        "reason": proposal.reason,
        "status": Status.PENDING if pending else Status.APPROVED,
        "openedBy": caller,
        "openedAt": now,
        "deadline": proposal.deadline,
        "effectiveFrom": proposal.effective_from,
    }
    created = from_row(await tx.run(CREATE, request=request, needs=needs))
    assert created is not None
    return created


def need(impact: Impact, domain: str, own: str, caller: str, now: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "domain": domain,
        "decision": Decision.PENDING,
        "products": [consumer.urn for consumer in impact.affected if consumer.domain == domain],
    }
    if domain == own:
        entry |= {"decision": Decision.APPROVED, "decidedBy": caller, "decidedAt": now, "note": "asked for it"}
    return entry


ONE: LiteralString = f"MATCH (q:ChangeRequest {{id: $id}}) RETURN {PROJECTION}"


async def request_in(tx: Transaction, identifier: str) -> ChangeRequest | None:
    return from_row(await tx.run(ONE, id=identifier))


MANY: LiteralString = f"""
UNWIND $ids AS id
MATCH (q:ChangeRequest {{id: id}})
RETURN collect({PROJECTION})
"""


async def by_ids(store: Store, ids: Sequence[str]) -> list[ChangeRequest | None]:
    """Aligned with `ids`; None where there is no such request."""
    requests = [from_row(row) for row in await store.read(MANY, ids=list(ids))]
    by_id = {request.id: request for request in requests if request is not None}
    return [by_id.get(identifier) for identifier in ids]


MATCHES: LiteralString = """
MATCH (q:ChangeRequest)
WHERE ($product_id IS NULL OR q.productId = $product_id)
  AND ($status IS NULL OR q.status = $status)
  AND ($awaiting IS NULL OR EXISTS { (q)-[:NEEDS {decision: 'PENDING'}]->(:Domain {name: $awaiting}) })
"""
COUNT: LiteralString = MATCHES + "RETURN count(q)"
LISTING: LiteralString = f"""{MATCHES}
  AND ($opened_at IS NULL OR q.openedAt < $opened_at OR (q.openedAt = $opened_at AND q.id < $id))
WITH q ORDER BY q.openedAt DESC, q.id DESC LIMIT $limit
RETURN collect({PROJECTION})
"""


async def list_requests(
    store: Store, product_id: str | None, status: str | None, awaiting: str | None, before: list[str] | None, limit: int
) -> list[ChangeRequest]:
    """The newest first. `awaiting` is a domain that has yet to answer; `before` the `[openedAt, id]` of a last page."""
    opened_at, identifier = before or (None, None)
    place = {"opened_at": opened_at, "id": identifier, "limit": limit}
    rows = await store.read(LISTING, product_id=product_id, status=status, awaiting=awaiting, **place)
    return [request for row in rows if (request := from_row(row)) is not None]


DECIDE: LiteralString = f"""
MATCH (q:ChangeRequest {{id: $id}})-[n:NEEDS]->(:Domain {{name: $domain}})
SET n.decision = $decision, n.decidedBy = $caller, n.decidedAt = $now, n.note = $note
WITH q
SET q.status = CASE
    WHEN $decision = 'REJECTED' THEN 'REJECTED'
    WHEN EXISTS {{ (q)-[:NEEDS {{decision: 'PENDING'}}]->() }} THEN 'PENDING'
    ELSE 'APPROVED' END,
  q.closedAt = CASE WHEN $decision = 'REJECTED' THEN $now END
RETURN {PROJECTION}
"""


async def decide(
    tx: Transaction, identifier: str, domain: str, decision: Decision, caller: str, note: str | None, now: str
) -> ChangeRequest | None:
    row = await tx.run(DECIDE, id=identifier, domain=domain, decision=decision, caller=caller, note=note, now=now)
    return from_row(row)


CLOSE: LiteralString = f"""
MATCH (q:ChangeRequest {{id: $id}})
SET q.status = $status, q.closedAt = $now, q.contractId = coalesce($contract_id, q.contractId)
RETURN {PROJECTION}
"""


async def close(
    tx: Transaction, identifier: str, status: Status, now: str, contract_id: str | None = None
) -> ChangeRequest | None:
    return from_row(await tx.run(CLOSE, id=identifier, status=status, now=now, contract_id=contract_id))


def document(request: ChangeRequest) -> dict[str, Any]:
    """For the audit log: the request without the texts of the contract and its diff, which it names."""
    properties = {key: value for key, value in request._asdict().items() if not key.endswith("_json")}
    return {**properties, "approvals": [approval._asdict() for approval in request.approvals]}


def diff_of(request: ChangeRequest) -> DiffReport:
    return decode(orjson.loads(request.diff_json))


def proposed(request: ChangeRequest) -> dict[str, Any]:
    return orjson.loads(request.spec_json)
