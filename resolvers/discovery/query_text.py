"""Translates the text of a search box into a query for the full-text index `product_search`.

Plain text is a list of words that must all occur, each as a whole word (ranked higher) or as a prefix. If nothing
matches, typing errors are tolerated. Text that is valid in the syntax of `resolvers.discovery.lucene` is a query;
other text is plain. No text reaches Lucene unchanged: words consist of letters, digits and underscores, and
everything else is quoted.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from resolvers.discovery.lucene import MATCH_ALL, MAX_FUZZY, MAX_FUZZY_LENGTH, NotLucene, to_lucene
from resolvers.model.errors import UserErrorCode, UserFault

MAX_LENGTH = 500
MAX_WORDS = 32
# Texts whose queries are kept: people turn pages, and search for what others search for.
KEPT = 1_000

EVERYTHING = frozenset({"", "*", MATCH_ALL})
NOTHING = f"-{MATCH_ALL}"
# Words that say nothing need not occur; they still rank what has them higher.
OPTIONAL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    ]
)

SYNTAX = re.compile(r'["*~^():+!]|(?<!\S)-|&&|\|\||\b(?:AND|OR|NOT)\b')
OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)")
WORD = re.compile(r"\w+")
QUOTES = re.compile(r'["\\]')
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")


class SearchText(NamedTuple):
    """Lucene queries: `strict` as typed, `loose` for when that matches nothing."""

    strict: str
    loose: str


def parse_search(text: str | None) -> SearchText | None:
    """None if everything matches. Raises `UserFault` if the text is too long."""
    text = unicodedata.normalize("NFC", text or "").encode("utf-8", "replace").decode().strip()
    if text in EVERYTHING:
        return None
    if len(text) > MAX_LENGTH or len(WORD.findall(text)) > MAX_WORDS:
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            f"The search is too long: at most {MAX_WORDS} words and {MAX_LENGTH} characters.",
            ("search",),
        )
    return _parsed(text)


@lru_cache(maxsize=KEPT)
def _parsed(text: str) -> SearchText:
    if not SYNTAX.search(text):
        return of_words(text)
    try:
        query = to_lucene(text)
    except NotLucene:
        return of_words(OPERATOR.sub(" ", text))
    return SearchText(query, query)


def of_words(text: str) -> SearchText:
    chunks = [chunk for chunk in QUOTES.sub(" ", text).split() if WORD.search(chunk)]
    if not chunks:
        return SearchText(NOTHING, NOTHING)
    needed = [chunk for chunk in chunks if chunk.lower() not in OPTIONAL]
    wished = [f'"{chunk}"' for chunk in chunks if needed and chunk not in needed]
    needed = needed or chunks
    strict = [f"+({exactly(chunk)} {begins(chunk)})" for chunk in needed]
    loose = [
        f"+({exactly(chunk)} {nearly(chunk) if place < MAX_FUZZY else begins(chunk)})"
        for place, chunk in enumerate(needed)
    ]
    return SearchText(" ".join(strict + wished), " ".join(loose + wished))


def exactly(chunk: str) -> str:
    """As it stands, and with its humps and underscores opened, as names are indexed."""
    opened = HUMP.sub(" ", chunk).strip()
    return f'"{chunk}"^4' if opened in (chunk, "") else f'"{chunk}"^4 "{opened}"^2'


def begins(chunk: str) -> str:
    return "(" + " ".join(f"+{word}*" for word in WORD.findall(chunk)) + ")"


def nearly(chunk: str) -> str:
    return "(" + " ".join(f"+({word}* {fuzzy(word)})" for word in WORD.findall(chunk)) + ")"


def fuzzy(word: str) -> str:
    """Tolerates typing errors. Short words get none, because every other short word would match."""
    if not 4 <= len(word) <= MAX_FUZZY_LENGTH:
        return ""
    return f"{word}~1" if len(word) < 8 else f"{word}~2"
