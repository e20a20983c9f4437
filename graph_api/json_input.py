"""Reads JSON that others wrote: integers stay exact, a key that stands twice is an error, the encoding is named."""

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
        raise ValueError(str(error).replace("Detected duplicate key", "an object has the same key twice,")) from None


def other_encoding(text: bytes) -> str | None:
    """UTF-16 or UTF-32 by its byte order mark, or by the zero bytes that its ASCII letters have."""
    for mark, name in OTHER_ENCODINGS:
        if text.startswith(mark):
            return name
    return "UTF-16" if 0 in text[:2] else None
