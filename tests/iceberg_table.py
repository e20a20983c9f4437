"""Writes a small Iceberg table (format version 2) by hand: Parquet files, Avro manifests and metadata."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MAGIC, SYNC = b"Obj\x01", b"0123456789abcdef"
SNAPSHOT = 4_568_284_251_871_458_123
FIELDS = [{"id": 1, "name": "id", "type": "long", "required": False}]


def field(name: str, number: int, kind: Any) -> dict[str, Any]:
    return {"name": name, "field-id": number, "type": kind}


MANIFESTS = {
    "type": "record",
    "name": "manifest_file",
    "fields": [
        field("manifest_path", 500, "string"),
        *(field(name, number, "long") for name, number in (("manifest_length", 501),)),
        *(field(name, number, "int") for name, number in (("partition_spec_id", 502), ("content", 517))),
        *(field(n, i, "long") for n, i in (("sequence_number", 515), ("min_sequence_number", 516))),
        field("added_snapshot_id", 503, "long"),
        *(field(f"{n}_files_count", i, "int") for n, i in (("added", 504), ("existing", 505), ("deleted", 506))),
        *(field(f"{n}_rows_count", i, "long") for n, i in (("added", 512), ("existing", 513), ("deleted", 514))),
    ],
}
DATA_FILE = {
    "type": "record",
    "name": "r2",
    "fields": [
        field("content", 134, "int"),
        field("file_path", 100, "string"),
        field("file_format", 101, "string"),
        field("partition", 102, {"type": "record", "name": "r102", "fields": []}),
        field("record_count", 103, "long"),
        field("file_size_in_bytes", 104, "long"),
    ],
}
ENTRIES = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [
        field("status", 0, "int"),
        field("snapshot_id", 1, ["null", "long"]),
        field("sequence_number", 3, ["null", "long"]),
        field("file_sequence_number", 4, ["null", "long"]),
        field("data_file", 2, DATA_FILE),
    ],
}


def write_table(folder: Path, files: Sequence[Path], rows: int) -> None:
    """A table of one snapshot with these Parquet files of `rows` rows each, whose column `id` has the field id 1."""
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)
    entries = [
        [1, SNAPSHOT, None, None, [0, file.as_uri(), "PARQUET", [], rows, file.stat().st_size]] for file in files
    ]
    schema = {"type": "struct", "schema-id": 0, "fields": FIELDS}
    told = {"schema": json.dumps(schema), "partition-spec": "[]", "partition-spec-id": "0", "content": "data"}
    manifest = metadata / "m0.avro"
    manifest.write_bytes(avro(ENTRIES, entries, {**told, "format-version": "2"}))
    count = len(files)
    row = [manifest.as_uri(), manifest.stat().st_size, 0, 0, 1, 1, SNAPSHOT, count, 0, 0, count * rows, 0, 0]
    (metadata / "snap.avro").write_bytes(avro(MANIFESTS, [row], {"snapshot-id": str(SNAPSHOT), "format-version": "2"}))
    document = {
        "format-version": 2,
        "table-uuid": "c8294b1d-f98e-49d4-84f9-335b4523afe5",
        "location": folder.as_uri(),
        "last-sequence-number": 1,
        "last-updated-ms": 1_795_868_506_270,
        "last-column-id": 1,
        "current-schema-id": 0,
        "schemas": [schema],
        "default-spec-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": []}],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": {},
        "current-snapshot-id": SNAPSHOT,
        "snapshots": [
            {
                "snapshot-id": SNAPSHOT,
                "sequence-number": 1,
                "timestamp-ms": 1_795_868_506_173,
                "manifest-list": (metadata / "snap.avro").as_uri(),
                "summary": {"operation": "append"},
                "schema-id": 0,
            }
        ],
        "refs": {"main": {"snapshot-id": SNAPSHOT, "type": "branch"}},
    }
    (metadata / "00001-a.metadata.json").write_text(json.dumps(document))
    (metadata / "00000-b.metadata.json").write_text("an older one, which is not read")


def avro(schema: Mapping[str, Any], rows: Sequence[Any], told: Mapping[str, str]) -> bytes:
    """An object container file of one block, without compression."""
    header = {**told, "avro.schema": json.dumps(schema), "avro.codec": "null"}
    pairs = b"".join(text(key) + text(value) for key, value in header.items())
    block = b"".join(encoded(schema, row) for row in rows)
    return MAGIC + number(len(header)) + pairs + b"\0" + SYNC + number(len(rows)) + number(len(block)) + block + SYNC


def encoded(schema: Any, value: Any) -> bytes:
    if isinstance(schema, list):
        return number(0) if value is None else number(1) + encoded(schema[1], value)
    if isinstance(schema, Mapping):
        return b"".join(encoded(part["type"], one) for part, one in zip(schema["fields"], value, strict=True))
    return text(value) if schema == "string" else number(value)


def text(value: str) -> bytes:
    return number(len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    rest = value << 1 if value >= 0 else ((-value) << 1) - 1
    out = bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*out, rest])
