"""A run finds exactly the planted faults, in files, on S3 and in PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_api.data.reader import ProcessReader
from resolvers.quality.reader import Output, ReadError
from tests.postgres_server import PostgresServer, postgres_server
from tests.resolvers.quality.planted import ORDERS, PROFILES, assert_exactly_those, run
from tests.s3_server import S3Server, s3_server

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def write_files(folder: Path) -> None:
    folder.mkdir()
    duckdb.sql(ORDERS).write_parquet(str(folder / "orders.parquet"))
    duckdb.sql(PROFILES).write_csv(str(folder / "profiles.csv"))


async def test_in_files(tmp_path: Path) -> None:
    write_files(tmp_path / "data")
    sources = tmp_path / "sources.yaml"
    sources.write_text(f"- uri: file:///mesh/\n  root: {tmp_path / 'data'}\n")
    outputs = [Output("file:///mesh/orders.parquet"), Output("file:///mesh/profiles.csv")]
    async with ProcessReader(sources).open(outputs) as session:
        assert_exactly_those(await run(session))


async def test_on_s3(tmp_path: Path, s3: S3Server) -> None:
    write_files(tmp_path / "data")
    s3.make_bucket("data-mesh-sales")
    s3.make_bucket("data-mesh-other")
    s3.put("data-mesh-sales", "orders/day=1/part.parquet", (tmp_path / "data" / "orders.parquet").read_bytes())
    s3.put("data-mesh-sales", "profiles/profiles.csv", (tmp_path / "data" / "profiles.csv").read_bytes())
    s3.put("data-mesh-other", "a.csv", b"id\n1\n")
    (tmp_path / "secret").write_text(s3.secret_key + "\n")
    sources = tmp_path / "sources.yaml"
    sources.write_text(
        f"- uri: s3://data-mesh-sales/\n  endpoint: {s3.endpoint}\n  accessKey: {s3.access_key}\n"
        f"  secretKeyFile: {tmp_path / 'secret'}\n"
    )
    reader = ProcessReader(sources)
    outputs = [Output("s3://data-mesh-sales/orders/", "parquet"), Output("s3://data-mesh-sales/profiles/profiles.csv")]
    async with reader.open(outputs) as session:
        assert_exactly_those(await run(session))
        with pytest.raises(ReadError):
            await session.rows("select * from read_csv('s3://data-mesh-other/a.csv')")
        told = await session.rows("select secret_string from duckdb_secrets()")
        assert s3.secret_key not in str(told)
    with pytest.raises(ReadError) as outside:
        async with reader.open([Output("s3://data-mesh-other/a.csv")]):
            pass
    assert outside.value.code == "UNKNOWN_SOURCE"
    (tmp_path / "secret").write_text("wrong")
    with pytest.raises(ReadError) as refused:
        async with reader.open(outputs[:1]):
            pass
    assert refused.value.code == "UNREADABLE"
    assert "wrong" not in refused.value.message


async def test_in_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    write_files(tmp_path / "data")
    duckdb.sql(ORDERS).write_csv(str(tmp_path / "data" / "orders.csv"))
    postgres.run(
        "create table orders (order_id bigint, customer_id text, email text, amount numeric(12, 2), status text, "
        "created_at timestamp, shipped_at timestamp, noted_at text);\n"
        "create table profiles (customer_id text primary key, email text);\n"
        "create table secrets (id int);\n"
        "create role reader login password 'r'; grant select on orders, profiles to reader;\n"
    )
    for name in ("orders", "profiles"):
        lines = (tmp_path / "data" / f"{name}.csv").read_text()
        postgres.run(f"copy {name} from stdin with (format csv, header);\n{lines}\\.\n")
    sources = tmp_path / "sources.yaml"
    sources.write_text(f"- uri: postgresql://127.0.0.1:{postgres.port}/postgres\n  user: reader\n  password: r\n")
    address = f"postgresql://127.0.0.1:{postgres.port}/postgres/public"
    outputs = [Output(f"{address}/orders"), Output(f"{address}/profiles")]
    async with ProcessReader(sources).open(outputs) as session:
        assert_exactly_those(await run(session))
        with pytest.raises(ReadError):
            await session.rows("select * from source_0.public.secrets")
    assert postgres.run("select count(*) from orders") == "2000\n"


async def test_a_reference_that_cannot_be_read_costs_its_checks_alone(tmp_path: Path) -> None:
    write_files(tmp_path / "data")
    sources = tmp_path / "sources.yaml"
    sources.write_text(f"- uri: file:///mesh/\n  root: {tmp_path / 'data'}\n")
    outputs = [Output("file:///mesh/orders.parquet"), Output("file:///mesh/absent.csv"), Output("file:///etc/a.csv")]
    async with ProcessReader(sources).open(outputs) as session:
        assert session.problems == [
            None,
            "There is no file at the access point.",
            "The access point is outside the server's sources.",
        ]
        result = await run(session)
    checks = {check.id: check for check in result.checks}
    assert checks["known-customer"].reason == "not computed: There is no file at the access point."
    assert checks["shipped-later"].numerator == 1984
    scores = {one.dimension: one.score for one in result.dimensions}
    assert (scores["accuracy"], scores["consistency"]) == (None, 1984 / 2000)
