"""Generates small Parquet files for the sample's customer domain from a random seed, with a few faults as real data
have.

`python -m graph_api.sample.data FOLDER INSTANT` writes them, in a separate process, because it needs DuckDB. `events`
has a folder for each of the last fourteen days, one of which has bad data; every other product has one file.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson

from graph_api.data.sources import Source
from graph_api.sample.files import read_sample
from graph_api.settings import Settings

SEED = 20_261_128
DAYS, BAD_DAY = 14, 9
ROWS_A_DAY, ROWS = 200, 500
CUSTOMERS = 400
DOMAIN, BUCKET = "customer", "s3://data-mesh-customer"
# The share of values with a fault, on a usual day and on the bad one.
FAULTS, MANY_FAULTS = 0.004, 0.3
WORDS = {
    "^[A-Z]{2}$": ("NO", "SE", "DK", "FI", "DE"),
    "^[a-z]{2}$": ("nb", "sv", "da", "fi", "de"),
    "^[A-Z]{3}$": ("NOK", "SEK", "DKK", "EUR"),
}


def folder_of(settings: Settings) -> Path:
    return settings.data_dir.expanduser().absolute() / "sample-data" / "data-mesh-customer"


def sample_sources(settings: Settings) -> tuple[Source, ...]:
    """Where outputs of the sample are read from, once its files are there."""
    folder = folder_of(settings)
    if not (folder / "ready").exists():
        return ()
    return (Source("files", BUCKET, {"uri": BUCKET, "root": str(folder)}),)


async def prepare(settings: Settings) -> bool:
    """Makes the files where they are missing. False where DuckDB is not installed, or they could not be made."""
    folder = folder_of(settings)
    if (folder / "ready").exists():
        return True
    if find_spec("duckdb") is None:
        return False
    command = (sys.executable, "-m", "graph_api.sample.data", str(folder), datetime.now(UTC).isoformat())
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    return await process.wait() == 0


def write_files(folder: Path, now: datetime) -> None:
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": "1"}) as database:
        for product in read_sample().products:
            contract = product.arguments.get("contract")
            if product.arguments["domain"] != DOMAIN or contract is None:
                continue
            name, schema = product.arguments["name"], contract["jsonSchema"]
            for part, rows in parts(name, schema, now):
                target = folder / name / part
                target.parent.mkdir(parents=True, exist_ok=True)
                lines = target.with_suffix(".jsonl")
                lines.write_bytes(b"\n".join(map(orjson.dumps, rows)))
                columns = {column: sql_type(value) for column, value in schema["properties"].items()}
                read = "select * from read_json($1, format='newline_delimited', columns=$2)"
                database.execute(f"copy ({read}) to '{target}' (format parquet)", [str(lines), columns])
                lines.unlink()
    (folder / "ready").touch()


def parts(name: str, schema: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Paths of files with their rows."""
    if name != "events":
        yield "part.parquet", rows_of(name, schema, 0, now - timedelta(hours=3), now, ROWS, FAULTS)
        return
    for number in range(DAYS):
        day = (now - timedelta(days=DAYS - 1 - number)).date()
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        end = min(begin + timedelta(days=1), now)
        share = MANY_FAULTS if number == BAD_DAY else FAULTS
        yield f"day={day}/part.parquet", rows_of(name, schema, number, begin, end, ROWS_A_DAY, share)


def rows_of(
    name: str, schema: Mapping[str, Any], part: int, begin: datetime, end: datetime, count: int, faults: float
) -> list[dict[str, Any]]:
    random = Random(f"{SEED} {name} {part}")
    properties = schema["properties"]
    rows = []
    for _ in range(count):
        row = {column: value_of(column, kind, random, begin, end) for column, kind in properties.items()}
        for column in ("customer_id", "timestamp"):
            if column in row and random.random() < faults:
                row[column] = None if column == "customer_id" else "yesterday"
        rows.append(row)
    return rows


def value_of(name: str, schema: Mapping[str, Any], random: Random, begin: datetime, end: datetime) -> Any:
    """A value that keeps to the schema."""
    kinds = schema.get("type", "string")
    if isinstance(kinds, list):
        if random.random() < 0.2:
            return None
        kinds = next(kind for kind in kinds if kind != "null")
    if "enum" in schema:
        return random.choice(schema["enum"])
    if kinds == "object":
        return {key: value_of(key, part, random, begin, end) for key, part in schema.get("properties", {}).items()}
    if kinds == "array":
        some = [value_of(name, schema.get("items", {}), random, begin, end) for _ in range(random.randint(1, 3))]
        return list({orjson.dumps(one): one for one in some}.values())
    if kinds == "boolean":
        return random.random() < 0.7
    if kinds in ("integer", "number"):
        low, high = schema.get("minimum", 0), schema.get("maximum", 1_000)
        low = max(low, 1940) if low >= 1900 else low
        high = 2008 if low == 1940 else high
        return random.randint(low, high) if kinds == "integer" else round(random.uniform(low, high), 2)
    return text_of(name, schema, random, begin, end)


def text_of(name: str, schema: Mapping[str, Any], random: Random, begin: datetime, end: datetime) -> str:
    customer = random.randrange(CUSTOMERS)
    if schema.get("format") == "uuid":
        return str(UUID(int=random.getrandbits(128), version=4))
    if schema.get("format") == "date-time":
        return (begin + (end - begin) * random.random()).strftime("%Y-%m-%dT%H:%M:%SZ")
    if schema.get("format") == "date":
        return (date(end.year, end.month, end.day) - timedelta(days=random.randrange(1, 2_000))).isoformat()
    if schema.get("format") == "email":
        return f"customer{customer}@example.org"
    if schema.get("pattern") in WORDS:
        return random.choice(WORDS[schema["pattern"]])
    return f"C{customer:06d}" if name == "customer_id" else f"{name}-{random.randrange(50)}"


def sql_type(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", "string")
    kind = next(one for one in kinds if one != "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        inner = ", ".join(f'"{name}" {sql_type(part)}' for name, part in schema.get("properties", {}).items())
        return f"STRUCT({inner})" if inner else "JSON"
    if kind == "array":
        return f"{sql_type(schema.get('items', {}))}[]"
    return {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}.get(kind, "VARCHAR")


if __name__ == "__main__":
    write_files(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
