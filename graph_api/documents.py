"""Mesh documents in files (docs/import.md): JSON Lines, one a line, or JSON, one or a list of them."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from graph_api.neo4j.errors import StartError
from resolvers.interchange import Document, Unreadable

STDIN = Path("-")


def read_documents(files: Sequence[Path]) -> Iterator[Document]:
    """Each with its place, `mesh.jsonl:12` or `mesh.json[3]` (both from 1). What is no JSON is `Unreadable`.

    Raises `StartError` for a file that cannot be read.
    """
    for file in files:
        try:
            if file == STDIN:
                yield from lines("stdin", sys.stdin.buffer)
            elif file.suffix == ".json":
                yield from whole(file)
            else:
                with file.open("rb") as opened:
                    yield from lines(file.name, opened)
        except OSError as error:
            raise StartError(f"{file} cannot be read: {error.strerror}.", "Name files that exist.") from error


def lines(name: str, found: Iterable[bytes]) -> Iterator[Document]:
    for number, line in enumerate(found, 1):
        if line.strip():
            yield Document(f"{name}:{number}", parsed(line))


def whole(file: Path) -> Iterator[Document]:
    value = parsed(file.read_bytes())
    if isinstance(value, list):
        yield from (Document(f"{file.name}[{number}]", one) for number, one in enumerate(value, 1))
    else:
        yield Document(file.name, value)


def parsed(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Unreadable(f"This is not JSON: {error}.")
