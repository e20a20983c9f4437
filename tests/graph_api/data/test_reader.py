"""Reading outputs in a confined process: what is read, and what is refused, contained or killed."""

import asyncio
import gzip
import json
import os
from pathlib import Path

import pytest

from graph_api.data.reader import ProcessReader
from resolvers.contracts.sql_admission import query_problem
from resolvers.quality.reader import Column, NotExpressible, Output, ReadError
from resolvers.quality.run import measure
from tests.iceberg_table import write_table

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")


def reader(root: Path, **given: int) -> ProcessReader:
    file = root.parent / "sources.yaml"
    file.write_text(f"- uri: file:///data/\n  root: {root}\n")
    return ProcessReader(file, **given)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.csv").write_text("id,name\n1,x\n2,\n")
    (folder / "b.jsonl").write_text('{"id": 1, "tags": ["a"]}\n{"id": 2, "tags": []}\n')
    duckdb.sql("select range as id, range % 3 as k from range(1000)").write_parquet(str(folder / "c.parquet"))
    for year in (2025, 2026):
        part = folder / "hive" / f"year={year}"
        part.mkdir(parents=True)
        duckdb.sql("select 1 as id").write_parquet(str(part / "p.parquet"))
    return folder


async def count(root: Path, uri: str, **given: int) -> list[list[object]]:
    async with reader(root, **given).open([Output(uri)]) as session:
        return await session.rows("select count(*) from data")


async def refused(root: Path, uri: str, seconds: float | None = None, sql: str = "select count(*) from data") -> str:
    with pytest.raises(ReadError) as raised:
        async with reader(root).open([Output(uri)], seconds) as session:
            await session.rows(sql)
    assert str(root) not in raised.value.message
    return raised.value.code


async def test_files_of_each_kind_globs_and_partitions(root: Path) -> None:
    assert await count(root, "file:///data/a.csv") == [[2]]
    assert await count(root, "file:///data/b.jsonl") == [[2]]
    assert await count(root, "file:///data/*.parquet") == [[1000]]
    async with reader(root).open([Output("file:///data/hive/", "parquet"), Output("file:///data/a.csv")]) as session:
        assert [column.name for column in session.columns[0]] == ["id", "year"]
        assert await session.rows("select year from data order by year") == [[2025], [2026]]
        assert await session.rows("select count(*) from reference_0") == [[2]]
        assert session.modified is not None


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("file:///data/../secret.csv", "OUTSIDE"),
        ("file:///data/%2e%2e/secret.csv", "OUTSIDE"),
        ("file:///etc/passwd", "UNKNOWN_SOURCE"),
        ("s3://key:secret@bucket/a.csv", "CREDENTIALS_IN_URI"),
        ("postgresql://user:secret@db/shop/public/orders", "CREDENTIALS_IN_URI"),
        ("https://example.org/a.csv", "NOT_READABLE"),
        ("file:///data/a.xlsx", "NOT_READABLE"),
        ("file:///data/absent.csv", "UNREADABLE"),
        ("postgresql://db/only", "NOT_READABLE"),
        ("file://[::1/data/a.csv", "NOT_READABLE"),
        ("file:///data/a%00.csv", "OUTSIDE"),
    ],
)
async def test_what_is_not_in_a_source_is_not_opened(root: Path, uri: str, code: str) -> None:
    assert await refused(root, uri) == code


async def test_links_out_pipes_and_broken_files_cost_an_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\n1\n")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(root / "pipe.csv")
    (root / "bad.parquet").write_bytes(b"PAR1" + os.urandom(2000) + b"PAR1")
    assert await refused(root, "file:///data/link.csv") == "UNREADABLE"
    assert await refused(root, "file:///data/pipe.csv") == "UNREADABLE"
    assert await refused(root, "file:///data/bad.parquet") in ("CORRUPT", "UNREADABLE", "MEMORY", "CRASHED")
    assert await count(root, "file:///data/a.csv") == [[2]]


async def test_a_decompression_bomb_ends_within_the_limits(root: Path) -> None:
    with gzip.open(root / "bomb.csv.gz", "wb", compresslevel=9) as file:
        file.write(b"id\n")
        for _ in range(300):
            file.write(b"x" * 1_000_000)
    assert await refused(root, "file:///data/bomb.csv.gz") in ("CORRUPT", "MEMORY", "UNREADABLE")


async def test_a_query_that_does_not_end_is_killed(root: Path) -> None:
    endless = "select count(*) from range(100000000) a(i), range(1000000) b(j) where (i * j) % 7 = 3"
    assert await refused(root, "file:///data/a.csv", 3.0, endless) == "DEADLINE"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '{root}/written.csv'",
        "attach '{root}/x.db'",
        "select * from read_csv('http://127.0.0.1:1/x.csv')",
        "set memory_limit='10GB'",
        "install httpfs",
        "select length(repeat('x', 4000000000))",
    ],
)
async def test_nothing_but_the_source_can_be_reached(root: Path, sql: str) -> None:
    with pytest.raises((ReadError, NotExpressible)):
        async with reader(root).open([Output("file:///data/a.csv")]) as session:
            await session.rows(sql.format(root=root))
    assert not (root / "written.csv").exists()
    assert not (root / "x.db").exists()


async def test_a_cancelled_reader_leaves_no_process(root: Path) -> None:
    seen = asyncio.Event()
    sessions = []

    async def read() -> None:
        async with reader(root).open([Output("file:///data/a.csv")]) as session:
            sessions.append(session)
            seen.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(read())
    await seen.wait()
    pid = sessions[0]._process.pid
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert str(pid) not in os.listdir("/proc")


async def test_options_globs_and_copies_of_other_places(root: Path) -> None:
    (root / "old.csv").write_text("1;x\n2;y\n")
    nested = root / "days"
    for day in (1, 2, 3):
        (nested / f"day={day}").mkdir(parents=True)
        (nested / f"day={day}" / "rows.jsonl").write_text(f'{{"id": {day}}}\n')
    file = root.parent / "more.yaml"
    file.write_text(f"- uri: s3://archive/\n  root: {root}\n- uri: s3://archive/days/\n  root: {nested}\n")
    reading = ProcessReader(file)
    options = (("delim", ";"), ("header", "false"))
    async with reading.open([Output("s3://archive/old.csv", options=options)]) as session:
        assert await session.rows("select * from data order by 1") == [[1, "x"], [2, "y"]]
    async with reading.open([Output("s3://archive/days/day=[12]/*.jsonl")]) as session:
        assert await session.rows("select id, day from data order by id") == [[1, 1], [2, 2]]
    with pytest.raises(ReadError) as raised:
        async with reading.open([Output("s3://archive/old.csv", options=(("skip", "1"),))]):
            pass
    assert (raised.value.code, raised.value.message) == ("UNKNOWN_OPTION", "'skip' is not an option of csv.")


async def test_a_delta_table_is_read_as_its_log_says(root: Path) -> None:
    pytest.importorskip("duckdb_extension_delta", reason="needs meshweave[lake]")
    table = root / "table"
    (table / "_delta_log").mkdir(parents=True)
    for name, first in (("a", 0), ("b", 100), ("gone", 200)):
        duckdb.sql(f"select {first} + range as id from range(10)").write_parquet(str(table / f"{name}.parquet"))
    schema = {"type": "struct", "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]}
    first = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps(schema),
                "partitionColumns": [],
                "configuration": {},
                "createdTime": 0,
            }
        },
        *(added(table, name) for name in ("a", "gone")),
    ]
    second = [{"remove": {"path": "gone.parquet", "deletionTimestamp": 1, "dataChange": True}}, added(table, "b")]
    for number, actions in enumerate((first, second)):
        (table / "_delta_log" / f"{number:020}.json").write_text("\n".join(map(json.dumps, actions)))
    async with reader(root).open([Output("file:///data/table/", "delta")]) as session:
        assert await session.rows("select count(*), sum(id) from data") == [[20, 45 + 1045]]
    (root.parent / "outside").mkdir()
    (root / "link").symlink_to(root.parent / "outside")
    assert await refused(root, "file:///data/link/") == "NOT_READABLE"
    with pytest.raises(ReadError) as raised:
        async with reader(root).open([Output("file:///data/link/", "delta")]):
            pass
    assert raised.value.message == "The access point lies outside of its source."


def added(table: Path, name: str) -> dict[str, object]:
    size = (table / f"{name}.parquet").stat().st_size
    details = {"path": f"{name}.parquet", "partitionValues": {}, "size": size, "modificationTime": 0}
    return {"add": {**details, "dataChange": True}}


async def test_an_iceberg_table_is_read_and_cannot_name_files_outside(root: Path) -> None:
    pytest.importorskip("duckdb_extension_iceberg", reason="needs meshweave[lake]")
    outside = root.parent / "outside"
    outside.mkdir()
    for folder, names in ((root / "ice", ("a", "b")), (root / "evil", ("a",))):
        folder.mkdir()
        target = outside if folder.name == "evil" else folder
        files = [target / f"{name}.parquet" for name in names]
        for file in files:
            duckdb.sql(f"copy (select range as id from range(10)) to '{file}' (format parquet, field_ids {{id: 1}})")
        write_table(folder, files, 10)
    async with reader(root).open([Output("file:///data/ice/", "iceberg")]) as session:
        assert session.columns == [[Column("id", "BIGINT")]]
        assert await session.rows("select count(*), sum(id) from data") == [[20, 90]]
    with pytest.raises(ReadError) as raised:
        async with reader(root).open([Output("file:///data/evil/", "iceberg")]) as session:
            await session.rows("select count(*), sum(id) from data")
    assert raised.value.code == "UNREADABLE"
    assert str(outside) not in raised.value.message


def with_rows(parquet: bytes, claimed: int) -> bytes:
    """The file of 1,000 rows with another number in its footer, a Thrift structure."""
    size = int.from_bytes(parquet[-8:-4], "little")
    footer = parquet[-8 - size : -8].replace(varint(1000), varint(claimed))
    return parquet[: -8 - size] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def varint(number: int) -> bytes:
    number <<= 1  # zigzag
    found = b""
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


TERMS = {"properties": {"id": {"type": "integer"}, "k": {"type": "integer"}}}


async def test_a_parquet_file_with_a_wrong_number_of_rows_costs_an_error(root: Path) -> None:
    good = (root / "c.parquet").read_bytes()
    (root / "more.parquet").write_bytes(with_rows(good, 10_000_000))
    (root / "half.parquet").write_bytes(good[: len(good) // 2])
    (root / "empty.parquet").write_bytes(b"")
    for name in ("more", "half", "empty"):
        with pytest.raises(ReadError) as raised:
            async with reader(root).open([Output(f"file:///data/{name}.parquet")]) as session:
                await measure(session, TERMS, [])
        assert raised.value.code in ("CORRUPT", "UNREADABLE", "MEMORY", "CRASHED")
    assert await count(root, "file:///data/c.parquet") == [[1000]]


async def test_strange_texts_are_read_or_cost_an_error(root: Path) -> None:
    (root / "nul.csv").write_bytes(b"id,name\n1,a\x00b\n2,\x00\n3,c\n")
    async with reader(root).open([Output("file:///data/nul.csv")]) as session:
        assert await session.rows("select * from data order by id") == [[1, "a\x00b"], [2, "\x00"], [3, "c"]]
        result = await measure(session, {"properties": {"name": {"pattern": "^[a-c]+$"}}}, [])
        assert (result.checks[0].numerator, result.checks[0].denominator) == (1, 3)
    (root / "quoted.csv").write_text('"a"" from x; drop table data; --",b\n1,2\n')
    async with reader(root).open([Output("file:///data/quoted.csv")]) as session:
        column = session.columns[0][0].name
        result = await measure(session, {"required": [column], "properties": {column: {"type": "integer"}}}, [])
        assert [(one.numerator, one.denominator) for one in result.checks] == [(1, 1), (1, 1)]
    (root / "latin.csv").write_bytes(b"id,name\n1,caf\xe9\n")
    (root / "line.csv").write_bytes(b'id,name\n1,"' + b"x" * 30_000_000 + b'"\n')
    (root / "line.jsonl").write_bytes(b'{"a": "' + b"x" * 30_000_000 + b'"}\n')
    (root / "zip.csv.gz").write_bytes(b"PK\x03\x04" + b"\x00" * 1_000)
    for name in ("latin.csv", "line.csv", "line.jsonl", "zip.csv.gz"):
        assert await refused(root, f"file:///data/{name}", 5.0) in ("CORRUPT", "UNREADABLE", "MEMORY", "DEADLINE")


async def verdict(root: Path, uri: str) -> str:
    """The code of the error, or the beginning of why nothing was computed."""
    terms = {"properties": {"a": {"type": "object", "minProperties": 1}}}
    try:
        async with reader(root).open([Output(uri)], 5.0) as session:
            result = await measure(session, terms, [])
    except ReadError as error:
        return error.code
    return str(result.checks[0].reason).partition(":")[0]


async def test_json_that_is_nested_ten_thousand_deep_costs_an_error_or_is_not_computed(root: Path) -> None:
    (root / "objects.json").write_text('{"a":' * 10_000 + "1" + "}" * 10_000)
    (root / "arrays.jsonl").write_text('{"a":' + "[" * 10_000 + "]" * 10_000 + "}\n")
    for name in ("objects.json", "arrays.jsonl"):
        assert await verdict(root, f"file:///data/{name}") in (
            *("CORRUPT", "UNREADABLE", "MEMORY", "DEADLINE", "CRASHED", "not computed"),
        )
    assert await count(root, "file:///data/a.csv") == [[2]]


async def test_a_pattern_that_matches_a_hundred_thousand_files_is_refused(root: Path) -> None:
    (root / "many").mkdir()
    for number in range(100_000):
        os.mknod(root / "many" / f"{number}.csv")
    for path in ("many/*.csv", "**/*.csv", "many/"):
        with pytest.raises(ReadError) as raised:
            async with reader(root).open([Output(f"file:///data/{path}", "csv")]):
                pass
        assert raised.value.message == "The access point has more than 1000 files."


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from read_csv('/etc/passwd')",
        "select count(*) from '/etc/passwd'",
        "select (select count(*) from read_text('/etc/passwd')) from {object}",
        "copy {object} to '/tmp/x.csv'",
        "attach '/tmp/x.db'",
        "select getenv('HOME')",
        "select list_transform([1], lambda x: getenv('HOME'))",
        "select pg_sleep(1000)",
        "select count(*) from {object}; select 1",
        "select * from duckdb_secrets()",
        "select count(*) from information_schema.tables",
        "select * from query('select 1')",
        "set memory_limit='100GB'",
        "insert into {object} values (1)",
        "install httpfs",
        "select file_exists('/etc/passwd')",
    ],
)
async def test_sql_that_wants_more_than_the_rows_is_not_run(root: Path, sql: str) -> None:
    assert query_problem(sql) is not None
    quality = [{"dimension": "x", "rule": {"id": "evil", "metric": "sql", "query": sql, "mustBe": 0}}]
    async with reader(root).open([Output("file:///data/a.csv")]) as session:
        result = await measure(session, {}, quality)
    (check,) = [one for one in result.checks if one.id == "evil"]
    assert (check.score, check.passed) == (None, None)
    assert str(check.reason).startswith("not computed: ")


async def test_ten_million_rows_are_read_within_the_limits(root: Path) -> None:
    with duckdb.connect(config={"threads": "2", "memory_limit": "500MB"}) as database:
        rows = "select i as id, i % 1000 as k, 'u' || (i % 5000) as u from range(10000000) r(i)"
        database.execute(f"copy ({rows}) to '{root / 'large.parquet'}' (format parquet)")
    schema = {
        "properties": {"k": {"type": "integer", "maximum": 998}, "u": {"pattern": "^u[0-9]+$"}},
        "required": ["u"],
    }
    async with reader(root).open([Output("file:///data/large.parquet")], 300.0) as session:
        result = await measure(session, schema, [])
    counts = {check.id: (check.numerator, check.denominator) for check in result.checks}
    assert counts == {
        "completeness:u": (10_000_000, 10_000_000),
        "validity:k": (9_990_000, 10_000_000),
        "validity:u": (10_000_000, 10_000_000),
    }
