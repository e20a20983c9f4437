"""Quality runs and previews through the API, over files with planted faults."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from resolvers.graph.store import Store
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller, Role
from resolvers.model.clearance import CLEARANCES, parse_clearances
from resolvers.model.records import Classification
from resolvers.mutations.quality_run_execute import execute_next
from resolvers.quality.reader import NoReader
from schema.context import Context, Process
from schema.schema import schema
from tests.checksum import checksum
from tests.graph_api.data.test_reader import reader
from tests.graphql_execution import ask as served
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, a_product, audit_actions, contract

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")

SCHEMA = {
    "type": "object",
    "required": ["customer_id"],
    "properties": {
        "customer_id": {"type": "string", "minLength": 1},
        "timestamp": {"type": "string", "format": "date-time"},
        "email": {"type": "string", "x-classification": "CONFIDENTIAL"},
    },
}
QUALITY = [{"dimension": "completeness", "threshold": 0.9}]


async def ask(
    store: Store, query: str, caller: Caller, reading: Any, clearances: Any = CLEARANCES, **variables: Any
) -> Any:
    context = Context(store, caller, Process(reader=reading, clearances=clearances))
    return await schema.execute(query, variables, context_value=context)


START = """mutation($id: ID!) { qualityRunStart(productId: $id, accessPoint: "batch") {
  qualityRun { id state } userErrors { code field } } }"""
QUALITY_OF = """query($id: ID!) { dataProduct(id: $id) { quality { overall latest {
  state passed rows contractVersion dimensions { dimension score passed } checks { id numerator denominator samples }
} runs { state error } } domain { quality { overall failed unmeasured } } } }"""


def write_rows(root: Path, missing: int) -> None:
    root.mkdir(exist_ok=True)
    lines = [f"c{n},2026-11-28T10:00:00Z,e{n}@example.org" for n in range(10)]
    lines[:missing] = [f",2026-11-28T10:00:00Z,e{n}@example.org" for n in range(missing)]
    (root / "rows.csv").write_text("customer_id,timestamp,email\n" + "\n".join(lines) + "\n")


async def read_product(store: Store) -> str:
    await a_domain(store)
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    terms = contract(jsonSchema=SCHEMA, format="csv", quality=QUALITY, classification="CONFIDENTIAL")
    return (await a_product(store, access_points=points, contract=terms)).id


async def test_runs_find_the_faults_and_the_verdict_is_told_once(store: Store, tmp_path: Path) -> None:
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=3)
    reading = reader(root)
    for _ in range(2):
        started = await ask(store, START, ADMINISTRATOR, reading, id=product)
        assert started.data["qualityRunStart"]["qualityRun"]["state"] == "QUEUED"
        assert await execute_next(store, reading) is True
    assert await execute_next(store, reading) is False
    answer = (await ask(store, QUALITY_OF, ADMINISTRATOR, reading, id=product)).data["dataProduct"]
    latest = answer["quality"]["latest"]
    assert (latest["state"], latest["passed"], latest["rows"], latest["contractVersion"]) == (
        "FINISHED",
        False,
        10,
        "1.0.0",
    )
    completeness = next(check for check in latest["checks"] if check["id"] == "completeness:customer_id")
    assert completeness == {
        "id": "completeness:customer_id",
        "numerator": 7.0,
        "denominator": 10.0,
        "samples": ["null", "null", "null"],
    }
    assert answer["domain"]["quality"]["failed"] == 1
    assert list(await audit_actions(store)).count("qualityVerdictRecord") == 1
    write_rows(root, missing=0)
    await ask(store, START, ADMINISTRATOR, reading, id=product)
    await execute_next(store, reading)
    assert list(await audit_actions(store)).count("qualityVerdictRecord") == 2
    shown = (await ask(store, QUALITY_OF, READER, reading, id=product)).data["dataProduct"]["quality"]
    assert shown["latest"]["passed"] is True
    assert all(check["samples"] == [] for check in shown["latest"]["checks"])


async def test_a_run_that_cannot_read_fails_and_one_that_waits_can_be_cancelled(store: Store, tmp_path: Path) -> None:
    product = await read_product(store)
    await ask(store, START, ADMINISTRATOR, None, id=product)
    assert await execute_next(store, NoReader()) is True
    started = await ask(store, START, ADMINISTRATOR, None, id=product)
    run = started.data["qualityRunStart"]["qualityRun"]["id"]
    cancel = "mutation($id: ID!) { qualityRunCancel(id: $id) { qualityRun { state } userErrors { code } } }"
    cancelled = await ask(store, cancel, ADMINISTRATOR, None, id=run)
    assert cancelled.data["qualityRunCancel"] == {"qualityRun": {"state": "CANCELLED"}, "userErrors": []}
    again = await ask(store, cancel, ADMINISTRATOR, None, id=run)
    assert again.data["qualityRunCancel"]["userErrors"] == [{"code": "INVALID_TRANSITION"}]
    assert await execute_next(store, NoReader()) is False
    runs = (await ask(store, QUALITY_OF, ADMINISTRATOR, None, id=product)).data["dataProduct"]["quality"]["runs"]
    assert [run["state"] for run in runs] == ["CANCELLED", "FAILED"]
    assert runs[1]["error"] == "This server cannot read data: install `meshweave[data]`."
    before = await checksum(store)
    refused = await ask(store, START, READER, None, id=product)
    assert refused.data["qualityRunStart"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    assert await checksum(store) == before


async def test_a_preview_checks_rows_and_masks_what_the_caller_may_not_read(store: Store, tmp_path: Path) -> None:
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=1)
    reading = reader(root)
    query = """query($id: ID!, $where: JSON, $first: Int! = 2) {
      dataProductPreview(id: $id, accessPoint: "batch", first: $first, where: $where) {
        masked columns { name type } rows { values valid faults } } }"""
    cleared = ADMINISTRATOR._replace(clearance=Classification.CONFIDENTIAL)
    shown = (await ask(store, query, cleared, reading, id=product)).data["dataProductPreview"]
    assert shown["masked"] == []
    assert [row["valid"] for row in shown["rows"]] == [False, True]
    assert shown["rows"][0]["faults"] == ["row: required"]
    assert shown["rows"][1]["values"]["email"] == "e1@example.org"
    masked = (await ask(store, query, READER, reading, id=product)).data["dataProductPreview"]
    assert masked["masked"] == ["customer_id", "email", "timestamp"]
    assert masked["rows"][1]["values"] == {"customer_id": "***", "timestamp": "***", "email": "***"}
    where = {
        "and": [
            {"in": {"column": "customer_id", "value": ["c4", "x' or 1=1"]}},
            {"isNull": {"column": "email", "value": False}},
        ]
    }
    found = (await ask(store, query, cleared, reading, id=product, where=where)).data["dataProductPreview"]
    assert [row["values"]["customer_id"] for row in found["rows"]] == ["c4"]
    for wrong in (
        {"where": {"like": {"column": "email"}}},
        {"first": 1001},
        {"where": {"eq": {"column": "no", "value": 1}}},
    ):
        result = await ask(store, query, ADMINISTRATOR, reading, id=product, **wrong)
        assert result.errors[0].original_error.code == "INVALID_INPUT"
    hidden = await ask(
        store, query, READER, reading, id=product, where={"eq": {"column": "email", "value": "e1@example.org"}}
    )
    assert hidden.errors
    counted = "query($id: ID!) { dataProduct(id: $id) { metrics { last { total errors } } } }"
    await asyncio.sleep(0)
    metrics = (await ask(store, counted, ADMINISTRATOR, reading, id=product)).data["dataProduct"]["metrics"]
    assert metrics["last"] == {"total": 7, "errors": 0}


async def test_the_clearance_of_a_role_decides_what_a_preview_shows(store: Store, tmp_path: Path) -> None:
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=0)
    reading = reader(root)
    query = """query($id: ID!) { dataProductPreview(id: $id, accessPoint: "batch", first: 1) { masked } }"""

    async def masked(caller: Caller, *pairs: str) -> list[str]:
        answer = await ask(store, query, caller, reading, parse_clearances(pairs), id=product)
        return answer.data["dataProductPreview"]["masked"]

    everything = ["customer_id", "email", "timestamp"]
    for caller in (ANONYMOUS, READER, OTHER_OWNER, SALES_OWNER, ADMINISTRATOR):
        assert await masked(caller) == everything
    assert await masked(READER, "reader=confidential") == []
    assert await masked(SALES_OWNER, "domain-owner=CONFIDENTIAL") == []
    assert await masked(OTHER_OWNER, "domain-owner=RESTRICTED") == everything
    assert await masked(ADMINISTRATOR, "governance=RESTRICTED") == []
    assert await masked(SALES_OWNER, "governance=RESTRICTED") == everything
    assert await masked(READER._replace(clearance=Classification.CONFIDENTIAL)) == []
    assert await masked(ADMINISTRATOR._replace(clearance=Classification.PUBLIC), "governance=RESTRICTED") == everything


async def test_every_role_reads_up_to_internal_unless_something_else_is_said(store: Store, tmp_path: Path) -> None:
    assert {role: CLEARANCES[role] for role in Role} == dict.fromkeys(Role, Classification.INTERNAL)
    root = tmp_path / "root"
    write_rows(root, missing=0)
    reading = reader(root)
    await a_domain(store)
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    properties = {
        "customer_id": {"type": "string"},
        "timestamp": {"type": "string", "x-classification": "PUBLIC"},
        "email": {"type": "string", "x-classification": "RESTRICTED"},
    }
    terms = contract(jsonSchema={"type": "object", "properties": properties}, format="csv")
    product = (await a_product(store, access_points=points, contract=terms)).id
    query = """query($id: ID!) { dataProductPreview(id: $id, accessPoint: "batch", first: 1) { masked } }"""
    for caller in (READER, SALES_OWNER, OTHER_OWNER, ADMINISTRATOR):
        shown = (await ask(store, query, caller, reading, id=product)).data["dataProductPreview"]
        assert shown["masked"] == ["email"]
    anonymous = (await ask(store, query, ANONYMOUS, reading, id=product)).data["dataProductPreview"]
    assert anonymous["masked"] == ["customer_id", "email"]


def test_a_clearance_that_is_wrong_is_refused() -> None:
    for pair in ("reader", "reader=SECRET", "guest=PUBLIC"):
        with pytest.raises(ValueError, match="is not a clearance: give role=CLASSIFICATION"):
            parse_clearances((pair,))


async def test_how_far_a_run_is_can_be_followed(store: Store, tmp_path: Path) -> None:
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=0)
    reading = reader(root)
    started = (await ask(store, START, ADMINISTRATOR, reading, id=product)).data
    run = started["qualityRunStart"]["qualityRun"]["id"]
    context = Context(store, READER, Process(reader=reading))
    query = "subscription($id: ID!) { qualityRunProgress(id: $id) { state progress passed } }"
    following = await schema.subscribe(query, {"id": run}, context_value=context)
    told = []
    working = asyncio.create_task(execute_next(store, reading))
    async for one in following:  # type: ignore[union-attr]
        assert one.errors is None
        told.append(one.data["qualityRunProgress"])
    await working
    assert told[-1] == {"state": "FINISHED", "progress": 1.0, "passed": True}
    assert told[0]["state"] in ("QUEUED", "RUNNING")
    assert [one["progress"] for one in told] == sorted(one["progress"] for one in told)


async def test_a_run_whose_server_ended_is_taken_up_again(store: Store, tmp_path: Path, cypher: Any) -> None:
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=0)
    reading = reader(root)
    await ask(store, START, ADMINISTRATOR, reading, id=product)
    await cypher("MATCH (r:QualityRun) SET r.state = 'RUNNING', r.leaseUntil = '2100-01-01T00:00:00.000000Z'")
    assert await execute_next(store, reading) is False  # another server has it
    await cypher("MATCH (r:QualityRun) SET r.leaseUntil = '2026-01-01T00:00:00.000000Z'")
    assert await execute_next(store, reading) is True
    latest = (await ask(store, QUALITY_OF, ADMINISTRATOR, reading, id=product)).data["dataProduct"]["quality"]["latest"]
    assert (latest["state"], latest["passed"]) == ("FINISHED", True)


SLOW = "select count(*) from {object} a, {object} b, {object} c, {object} d, {object} e where a.n * b.n % 7 = c.n - d.n"


def write_numbers(root: Path, count: int) -> None:
    root.mkdir(exist_ok=True)
    (root / "rows.csv").write_text("n\n" + "\n".join(map(str, range(count))) + "\n")


async def slow_product(store: Store, root: Path) -> str:
    write_numbers(root, 2_000)
    await a_domain(store)
    points = [{"kind": "BATCH", "uri": "file:///data/rows.csv"}]
    rule = {"id": "slow", "metric": "sql", "query": SLOW, "mustBeGreaterThan": 0}
    terms = contract(jsonSchema={"type": "object", "properties": {"n": {"type": "integer"}}}, format="csv",
                     quality=[{"dimension": "slow", "rule": rule}])  # fmt: skip
    return (await a_product(store, access_points=points, contract=terms)).id


async def started(store: Store, product: str) -> str:
    return (await ask(store, START, ADMINISTRATOR, None, id=product)).data["qualityRunStart"]["qualityRun"]["id"]


async def running(store: Store, run: str) -> str:
    """Waits until the run scans; its lease."""
    query = "MATCH (r:QualityRun {id: $id, state: 'RUNNING'}) WHERE r.stage <> 'opening' RETURN r.leaseUntil"
    while (lease := await store.read_latest(query, id=run)) is None:  # noqa: ASYNC110 (it is in the database)
        await asyncio.sleep(0.1)
    return lease


async def state_of(store: Store, run: str) -> str:
    return await store.read_latest("MATCH (r:QualityRun {id: $id}) RETURN r.state", id=run)


async def test_a_run_is_cancelled_while_it_reads(store: Store, tmp_path: Path) -> None:
    root = tmp_path / "root"
    product = await slow_product(store, root)
    run = await started(store, product)
    working = asyncio.create_task(execute_next(store, reader(root)))
    lease = await running(store, run)
    while await running(store, run) == lease:  # noqa: ASYNC110 (it is renewed in the database)
        await asyncio.sleep(0.1)
    cancel = "mutation($id: ID!) { qualityRunCancel(id: $id) { qualityRun { state } userErrors { code } } }"
    cancelled = (await ask(store, cancel, ADMINISTRATOR, None, id=run)).data["qualityRunCancel"]
    assert cancelled == {"qualityRun": {"state": "CANCELLED"}, "userErrors": []}
    assert await working is True
    assert await state_of(store, run) == "CANCELLED"
    assert "qualityVerdictRecord" not in await audit_actions(store)


async def test_a_run_whose_server_is_killed_while_it_reads_is_done_by_another(
    store: Store, tmp_path: Path, cypher: Any
) -> None:
    root = tmp_path / "root"
    product = await slow_product(store, root)
    run = await started(store, product)
    working = asyncio.create_task(execute_next(store, reader(root)))
    await running(store, run)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert await state_of(store, run) == "RUNNING"
    write_numbers(root, 2)
    assert await execute_next(store, reader(root)) is False  # the lease is not over
    await cypher("MATCH (r:QualityRun) SET r.leaseUntil = '2026-01-01T00:00:00.000000Z'")
    assert await execute_next(store, reader(root)) is True
    assert await state_of(store, run) == "FINISHED"


async def test_a_run_that_cannot_be_foreseen_fails_once(store: Store, tmp_path: Path, cypher: Any) -> None:
    root = tmp_path / "root"
    product = await read_product(store)
    write_rows(root, missing=0)
    await cypher('MATCH (c:DataContract) SET c.qualityJson = \'[{"dimension": 7, "rule": 3}]\'')
    run = await started(store, product)
    assert await execute_next(store, reader(root)) is True
    assert await state_of(store, run) == "FAILED"
    assert await execute_next(store, reader(root)) is False


async def test_two_servers_tell_of_a_failure_once_and_of_its_end_once(store: Store, tmp_path: Path) -> None:
    product, root = await read_product(store), tmp_path / "root"
    for missing, events in ((3, 1), (3, 1), (0, 2), (0, 2)):
        write_rows(root, missing)
        runs = [await started(store, product) for _ in range(2)]
        await asyncio.gather(*(execute_next(store, reader(root)) for _ in range(2)))
        while await execute_next(store, reader(root)):
            pass
        assert [await state_of(store, run) for run in runs] == ["FINISHED"] * 2
        assert list(await audit_actions(store)).count("qualityVerdictRecord") == events


async def test_checks_and_previews_need_no_other_field_of_the_product(store: Store, tmp_path: Path) -> None:
    """A served operation reads the fields of a product that it names, and no others."""
    product, root = await read_product(store), tmp_path / "root"
    write_rows(root, missing=1)
    reading = reader(root)
    await started(store, product)
    await execute_next(store, reading)
    process = Process(reader=reading)
    query = "query($id: ID!) { dataProduct(id: $id) { quality { latest { checks { id samples } } } } }"
    told = await served(store, query, caller=ADMINISTRATOR, process=process, id=product)
    checks = {one["id"]: one["samples"] for one in told["dataProduct"]["quality"]["latest"]["checks"]}
    assert checks["completeness:customer_id"] == ["null"]
    shown = """query($id: ID!) { dataProductPreview(id: $id, accessPoint: "batch", first: 1) { rows { valid } } }"""
    preview = await served(store, shown, caller=ADMINISTRATOR, process=process, id=product)
    assert preview == {"dataProductPreview": {"rows": [{"valid": False}]}}
