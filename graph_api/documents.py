"""Reads mesh documents from files (docs/import.md): JSON Lines with one document a line, or JSON with one document or a
list."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from json import JSONDecoder
from pathlib import Path
from typing import Any, Final

from graph_api.json_input import MARK, other_encoding, read_json
from graph_api.neo4j.errors import StartError
from resolvers.interchange import Document, Unreadable

STDIN: Final = Path("-")
DECODER: Final = JSONDecoder(parse_int=str)  # of integers of any length
BLANK: Final = " \t\r\n"


def check_files(files: Sequence[Path]) -> None:
    """Raises `StartError` that names every file that cannot be read; stdin counts as one that can."""
    problems = []
    for file in files:
        try:
            if file != STDIN:
                file.open("rb").close()
        except OSError as error:
            problems.append(f"{file} cannot be read: {error.strerror}.")
    if problems:
        raise StartError(" ".join(problems), "Name files that exist and that you may read.")


def read_documents(files: Sequence[Path]) -> Iterator[Document]:
    """Each with its file and line, `mesh.jsonl:12`; of a list `mesh.json:12[3]` (all from 1). What is not JSON is
    `Unreadable`. Which of the two forms a file has is seen by what is in it, whatever its name ends in.

    Raises `StartError` for a file that cannot be read.
    """
    for file in files:
        try:
            if file == STDIN:
                yield from stream_of_lines("stdin", sys.stdin.buffer)
            elif file.suffix == ".json":
                yield from whole(str(file), file.read_bytes())
            else:
                with file.open("rb") as opened:
                    yield from stream_of_lines(str(file), opened)
        except OSError as error:
            raise StartError(f"{file} cannot be read: {error.strerror}.", "Name files that exist.") from error


def stream_of_lines(name: str, stream: Iterable[bytes]) -> Iterator[Document]:
    """What begins with a line that is no document by itself may be one JSON value over many lines."""
    passed = []
    rest = iter(stream)
    for line in rest:
        passed.append(line)
        if line.removeprefix(MARK).strip():
            break
    if passed and isinstance(parsed(passed[-1]), Unreadable):
        text = b"".join([*passed, *rest])
        value = parsed(text)
        if other_encoding(text) or not isinstance(value, Unreadable) or several_values(text):
            yield from whole(name, text)
        else:
            yield from lines(name, text.splitlines(keepends=True))
    else:
        yield from lines(name, chain(passed, rest))


def lines(name: str, raw_lines: Iterable[bytes]) -> Iterator[Document]:
    for number, line in enumerate(raw_lines, 1):
        if number == 1 and (encoding := other_encoding(line)):
            yield Document(name, Unreadable(f"This is not JSON: it is {encoding}: save it as UTF-8."))
            return
        if line.removeprefix(MARK).strip():
            yield from one_or_list(f"{name}:{number}", in_line(parsed(line)))


def in_line(value: Any) -> Any:
    """The place of the document says the line, so its message says the column alone."""
    return Unreadable(value.message.replace("line 1 column", "column")) if isinstance(value, Unreadable) else value


def one_or_list(at: str, value: Any) -> Iterator[Document]:
    if isinstance(value, list):
        yield from (Document(f"{at}[{number}]", one) for number, one in enumerate(value, 1))
    else:
        yield Document(at, value)


def whole(name: str, text: bytes) -> Iterator[Document]:
    value = parsed(text)
    if isinstance(value, Unreadable):
        several = text.removeprefix(MARK).strip().splitlines()
        # JSON Lines under another name.
        if len(several) > 1 and not isinstance(parsed(several[0]), Unreadable):
            yield from lines(name, text.splitlines(keepends=True))
        else:
            yield Document(name, Unreadable(several_values(text) or value.message))
    elif isinstance(value, list):
        elements = zip(value, element_lines(text), strict=True)
        yield from (Document(f"{name}:{line}[{at}]", one) for at, (one, line) in enumerate(elements, 1))
    else:
        start = text.removeprefix(MARK).decode()
        yield Document(f"{name}:{1 + start[: len(start) - len(start.lstrip(BLANK))].count(chr(10))}", value)


def several_values(text: bytes) -> str | None:
    """What is wrong with a text that has several JSON objects, but neither one on each line nor in a list; None for
    another text."""
    if other_encoding(text):
        return None
    try:
        written = text.removeprefix(MARK).decode().strip()
        _, end = DECODER.raw_decode(written) if written[:1] == "{" else (None, len(written))
    except ValueError:
        return None
    rest = written[end:].lstrip()
    if rest[:1] == ",":
        return "This is not JSON: commas between documents, and no list: leave them out, or put all between [ and ]."
    if rest[:1] == "{":
        return "This is not JSON: several documents one after another: write each on one line, or all in a list [ ]."
    return None


def element_lines(text: bytes) -> Iterator[int]:
    """The line on which each element of a JSON list begins, from 1. `text` is known to be a list."""
    written = text.removeprefix(MARK).decode()
    at, line, counted = written.index("[") + 1, 1, 0
    while True:
        while written[at] in BLANK + ",":
            at += 1
        if written[at] == "]":
            return
        line += written.count("\n", counted, at)
        counted = at
        yield line
        at = DECODER.raw_decode(written, at)[1]


def parsed(text: bytes) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        return Unreadable(f"This is not JSON: {error}.")
