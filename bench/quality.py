"""A quality run over ten million rows beside plain DuckDB computing the same aggregates: time, CPU and memory.

`python -m bench.quality --rows 10000000` writes a Parquet file with planted faults into a temporary folder and measures
both a few times, alternately. Both read in a process of their own with two threads; ours is the confined one, and also
finds the keys of rows that fail. The goal is 1.3 times the plain time.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from graph_api.data.reader import ProcessReader
from resolvers.quality.checks import plan
from resolvers.quality.reader import Column, Output
from resolvers.quality.run import measure

GOAL = 1.3
ROWS = """
copy (select i as order_id,
  case when i % 1000 = 0 then null else uuid() end::varchar as event_id,
  (['view', 'cart', 'buy', 'refund'])[1 + (i % 4)::int] as event_type,
  case when i % 250000 = 0 then 'not-an-email' else 'u' || i || '@example.org' end as email,
  case when i % 900 = 0 then -5.0 else (i % 10000) / 10.0 end as amount,
  case when i % 650 = 0 then 'x' else (i % 60 + 2000)::varchar end as zip,
  case when i % 200 = 0 then '2026-13-40T00:00:00Z' else '2026-11-01T00:00:00Z' end as noted_at,
  timestamp '2026-11-01' + interval (i % 86400) second as created_at
 from range({rows}) r(i)) to '{file}' (format parquet, row_group_size 122880)
"""
SCHEMA = {
    "type": "object",
    "required": ["order_id", "event_id"],
    "properties": {
        "order_id": {"type": "integer"},
        "event_id": {"type": "string", "format": "uuid"},
        "event_type": {"enum": ["view", "cart", "buy", "refund"]},
        "email": {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"},
        "amount": {"type": "number", "minimum": 0, "maximum": 1000},
        "zip": {"type": "string", "pattern": "^[0-9]{4,5}$"},
        "noted_at": {"type": "string", "format": "date-time"},
        "created_at": {"type": "string", "format": "date-time", "x-event-time": True},
    },
}
PLAIN = """
import resource, sys, duckdb
database = duckdb.connect(config={"threads": "2"})
database.execute("set enable_progress_bar=false")
database.execute(sys.argv[1]).fetchall()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


class Figures(NamedTuple):
    """Seconds, seconds of CPU, and MB at the peak."""

    wall: float
    cpu: float
    memory: float


def schema_of(unique: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {**SCHEMA["properties"]}  # type: ignore[dict-item]
    if unique:
        properties["order_id"] = {**properties["order_id"], "x-unique": True}
    return {**SCHEMA, "properties": properties}


def plain_sql(schema: Mapping[str, Any], file: Path) -> str:
    """The aggregates of the checks in one statement, as somebody would write them who needs nothing else."""
    import duckdb

    with duckdb.connect() as database:
        described = database.execute(f"describe select * from '{file}'").fetchall()
    made = plan(schema, [], [Column(row[0], row[1]) for row in described])
    texts = [text for check in made.checks for text in (check.good, check.total) if text]
    return f"select count(*), {made.newest}, {', '.join(dict.fromkeys(texts))} from '{file}'"


def run_plain(sql: str) -> Figures:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", PLAIN, sql], capture_output=True, text=True, check=True)
    cpu, memory = map(float, done.stdout.split())
    return Figures(time.perf_counter() - began, cpu, memory)


async def run_ours(reader: ProcessReader, schema: Mapping[str, Any]) -> Figures:
    began = time.perf_counter()
    async with reader.open([Output("file:///bench/rows.parquet")], 600.0) as session:
        await measure(session, schema, [])
        cpu, memory = used_by(session._process.pid)
    return Figures(time.perf_counter() - began, cpu, memory)


def used_by(pid: int) -> tuple[float, float]:
    """CPU seconds and the peak of resident memory in MB of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return cpu, int(peak.split()[1]) / 1024


def middle(runs: list[Figures]) -> Figures:
    return Figures(*(median(values) for values in zip(*runs, strict=True)))


async def compare(folder: Path, rows: int, turns: int) -> None:
    import duckdb

    file = folder / "rows.parquet"
    with duckdb.connect(config={"threads": "2", "memory_limit": "3GB"}) as database:
        database.execute(ROWS.format(rows=rows, file=file))
    (folder / "sources.yaml").write_text(f"- uri: file:///bench/\n  root: {folder}\n")
    reader = ProcessReader(folder / "sources.yaml")
    print(f"{rows:,} rows, {file.stat().st_size / 1e6:,.0f} MB, load {os.getloadavg()[0]:.1f}")
    for unique in (False, True):
        schema = schema_of(unique)
        sql = plain_sql(schema, file)
        await run_ours(reader, schema)  # starts the fork server
        plain, ours = [], []
        for _ in range(turns):
            plain.append(run_plain(sql))
            ours.append(await run_ours(reader, schema))
        print(f"\n{'with' if unique else 'without'} exact uniqueness")
        for name, one in (("plain DuckDB", middle(plain)), ("quality run", middle(ours))):
            print(f"  {name:14} {one.wall:6.1f} s   cpu {one.cpu:6.1f} s   peak {one.memory:5.0f} MB")
        times = middle(ours).wall / middle(plain).wall
        print(f"  {times:.2f} times in time, {middle(ours).cpu / middle(plain).cpu:.2f} in CPU (goal {GOAL} in time)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="meshweave-bench") as folder:
        asyncio.run(compare(Path(folder), asked.rows, asked.turns))


if __name__ == "__main__":
    main()
