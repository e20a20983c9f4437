"""Reads JSON of clients and files: integers stay exact, duplicate keys are errors, the encoding is detected."""

from typing import Any

from jiter import from_json

MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8, which some editors write
OTHER_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def read_json(text: bytes) -> Any:
    """The value that `text` writes. Raises ValueError that says what is wrong and where."""
    encoding = other_encoding(text)
    if encoding is not None:
        raise ValueError(f"it is {encoding}: save it as UTF-8")
    try:
        return from_json(text.removeprefix(MARK), allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        message = not_utf8(text) or str(error).replace("Detected duplicate key", "an object has the same key twice,")
        raise ValueError(message) from None


def other_encoding(text: bytes) -> str | None:
    """UTF-16 or UTF-32 by its byte order mark, or by the zero bytes that its first character, of ASCII, has."""
    for mark, name in OTHER_ENCODINGS:
        if text.startswith(mark):
            return name
    if 0 not in text[:2]:
        return None
    return "UTF-32" if text[:4].count(0) == 3 else "UTF-16"


def not_utf8(text: bytes) -> str | None:
    """Where `text` stops being UTF-8; None when it is all UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        return f"it is not UTF-8, see line {line} column {column}: save it as UTF-8"
    return None
