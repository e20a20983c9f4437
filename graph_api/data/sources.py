"""Sources that may be read, from the file that MESHWEAVE_SOURCES names, and the source of an access point.

```yaml
- uri: file:///data/mesh/        # everything below it
  root: /data/mesh               # the folder on this machine; the path of the URI when left out
- uri: s3://archive/             # a copy of it on this machine is read instead
  root: /data/archive
- uri: s3://bucket/prefix/
  endpoint: https://s3.example.com
  region: eu-central-1
  accessKeyFile: /run/secrets/key
  secretKeyFile: /run/secrets/secret
- uri: postgresql://db.example.com:5432/sales
  user: reader
  passwordFile: /run/secrets/password
```
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import yaml

from resolvers.quality.reader import Output, ReadError

KINDS = {"file": "files", "s3": "s3", "postgresql": "postgresql", "postgres": "postgresql"}
FORMATS = {
    "parquet": "parquet",
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "ndjson",
    "ndjson": "ndjson",
    "jsonlines": "ndjson",
    "json-lines": "ndjson",
    "delta": "delta",
    "iceberg": "iceberg",
}
SUFFIXES = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "ndjson",
    ".ndjson": "ndjson",
}
OPTIONS = {"csv": {"delim", "header", "quote", "escape", "nullstr"}}
TABLE_FORMATS = ("delta", "iceberg")
SECRETS = {"accessKey", "secretKey", "password"}


class Source(NamedTuple):
    """One entry. `values` are its settings with secrets resolved."""

    kind: str
    uri: str
    values: Mapping[str, str]


class Located(NamedTuple):
    """What the child process opens: `kind` files, s3 or postgresql; secrets are in `values`."""

    kind: str
    path: str
    format: str
    options: tuple[tuple[str, str], ...]
    values: Mapping[str, str]


def load_sources(file: Path | None) -> tuple[Source, ...]:
    """Raises ValueError for a file that is not such a list. Secrets are read anew with each call."""
    if file is None:
        return ()
    entries = yaml.safe_load(file.read_text())
    if not isinstance(entries, list):
        raise ValueError(f"{file} is not a list of sources")
    return tuple(_source(file, at, entry) for at, entry in enumerate(entries))


def _source(file: Path, at: int, entry: Any) -> Source:
    if not isinstance(entry, dict) or not isinstance(entry.get("uri"), str):
        raise ValueError(f"{file}: entry {at} needs a `uri`")
    parts = urlsplit(entry["uri"])
    if parts.scheme not in KINDS:
        raise ValueError(
            f"{file}: entry {at} has the scheme {parts.scheme}:, which is not supported; {', '.join(KINDS)} can"
        )
    values = {key: str(value) for key, value in entry.items() if not key.endswith(("File", "Env"))}
    for secret in SECRETS:
        if f"{secret}File" in entry:
            values[secret] = Path(entry[f"{secret}File"]).read_text().strip()
        elif f"{secret}Env" in entry:
            values[secret] = os.environ[entry[f"{secret}Env"]]
    kind = "files" if "root" in entry else KINDS[parts.scheme]
    return Source(kind, entry["uri"].rstrip("/"), values)


def locate(output: Output, sources: Sequence[Source]) -> Located:
    """Raises `ReadError` for a URI outside all configured sources, with credentials, or with an unknown format."""
    try:
        parts = urlsplit(output.uri)
    except ValueError:  # e.g. a broken IPv6 address
        raise ReadError("NOT_READABLE", "The access point's URI is not valid.") from None
    if "@" in parts.netloc:
        raise ReadError("CREDENTIALS_IN_URI", "The URI contains credentials; put them into the server's sources.")
    kind = KINDS.get(parts.scheme.lower())
    if kind is None:
        raise ReadError(
            "NOT_READABLE",
            f"Access points with the scheme {parts.scheme[:50]}: cannot be read; file, s3 and postgresql can.",
        )
    path = unquote(parts.path)
    if ".." in PurePosixPath(path).parts or "\0" in path:
        raise ReadError("OUTSIDE", "The path leaves its source.")
    if kind == "postgresql":
        return _table(output, parts.netloc, path, sources)
    whole = f"{parts.scheme.lower()}://{parts.netloc}{path}"
    source = _containing(whole, sources)
    inner = whole[len(source.uri) :].lstrip("/")
    name = _format(output.format, path)
    allowed = OPTIONS.get(name, set())
    if unknown := [key for key, _ in output.options if key not in allowed]:
        raise ReadError("UNKNOWN_OPTION", f"'{unknown[0][:50]}' is not an option of {name}.")
    if source.kind == "s3":
        if name in TABLE_FORMATS:
            raise ReadError("NOT_READABLE", f"A table of the format {name} is read from files, not from S3.")
        return Located("s3", whole, name, output.options, source.values)
    root = source.values.get("root") or unquote(urlsplit(source.uri).path)
    return Located("files", inner, name, output.options, {**source.values, "root": root})


def _containing(uri: str, sources: Sequence[Source]) -> Source:
    inside = [source for source in sources if uri == source.uri or uri.startswith(source.uri + "/")]
    if not inside:
        raise ReadError("UNKNOWN_SOURCE", "The access point is outside the server's sources.")
    return max(inside, key=lambda source: len(source.uri))


def _table(output: Output, netloc: str, path: str, sources: Sequence[Source]) -> Located:
    """`postgresql://host:port/database/schema/table`."""
    names = [part for part in path.split("/") if part]
    if len(names) not in (2, 3):
        raise ReadError("NOT_READABLE", "A table's URI is postgresql://host:port/database/schema/table.")
    source = _containing(f"postgresql://{netloc}/{names[0]}", sources)
    schema, table = names[1:] if len(names) == 3 else ("public", names[1])
    host, _, port = netloc.partition(":")
    values = {**source.values, "host": host, "port": port or "5432", "database": names[0], "schema": schema}
    return Located("postgresql", table, "table", (), values)


def _format(stated: str | None, path: str) -> str:
    """That of the file's name when it tells, else the one given."""
    table = FORMATS.get((stated or "").lower())
    if table in TABLE_FORMATS:
        return table
    bare = path.removesuffix(".gz").removesuffix(".zst")
    suffix = SUFFIXES.get(PurePosixPath(bare).suffix.lower())
    name = suffix or FORMATS.get((stated or "").lower())
    if name is None:
        raise ReadError("NOT_READABLE", f"Data of the format '{(stated or 'unknown')[:50]}' cannot be read.")
    return name
