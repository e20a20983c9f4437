"""Translates the text of a search box into a query for the full-text index `product_search`.

Plain text is a list of words that must all occur, each as a whole word (ranked higher) or as a prefix. If nothing
matches, typing errors are tolerated. A urn or an id finds its product alone. Text that is valid in the syntax of
`resolvers.discovery.lucene` is a query; other text is plain. No text reaches Lucene unchanged: it is split into words
as stored text is (`resolvers.graph.search_text`), and words are letters, digits and marks.
"""

import re
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from resolvers.discovery.lucene import MATCH_ALL, MAX_FUZZY, MAX_FUZZY_LENGTH, NotLucene, phrase, to_lucene
from resolvers.graph.product_references import URN, decoded
from resolvers.graph.search_text import KEY, Piece, Run, folded, name_key, runs_of
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
QUOTES = re.compile(r'["\\]')
# What people copy along with a urn or an id.
AROUND = " \t\r\n\"'`<>()[]{},;."
REFERENCE = re.compile(rf'(?:prd_|{re.escape(URN)})[^\s"\\]+')
PAIR = re.compile(r'[^\s:"\\]+:[^\s:"\\]+')
# A product of exactly this name comes first.
EXACT = 50


class SearchText(NamedTuple):
    """Lucene queries: `strict` as typed, `loose` for when that matches nothing."""

    strict: str
    loose: str


def parse_search(text: str | None) -> SearchText | None:
    """None if everything matches. Raises `UserFault` if the text is too long."""
    text = (text or "").encode("utf-8", "replace").decode().strip()
    if text in EVERYTHING:
        return None
    if len(text) > MAX_LENGTH or len(runs_of(text)) > MAX_WORDS:
        raise UserFault(
            UserErrorCode.INVALID_INPUT,
            f"The search is too long: at most {MAX_WORDS} words and {MAX_LENGTH} characters.",
            ("search",),
        )
    return _parsed(text)


@lru_cache(maxsize=KEPT)
def _parsed(text: str) -> SearchText | None:
    core = folded(decoded(folded(text).strip(AROUND)))
    if REFERENCE.fullmatch(core):
        return of_reference(core)
    if core == URN.rstrip(":") or core == URN:
        return None
    if not SYNTAX.search(text):
        return of_words(text)
    try:
        query = to_lucene(text)
    except NotLucene:
        return of_words(OPERATOR.sub(" ", text))
    return SearchText(query, query)


def of_reference(reference: str) -> SearchText:
    """The product of that urn or id. For the beginning of a urn: the products that contain its words."""
    return SearchText(key_clause(KEY + reference), of_words(reference.removeprefix(URN)).strict)


def of_words(text: str) -> SearchText:
    chunks = [runs for chunk in QUOTES.sub(" ", text).split() if (runs := runs_of(chunk))]
    if not chunks:
        return SearchText(NOTHING, NOTHING)
    needed = [chunk for chunk in chunks if not says_nothing(chunk)]
    wished = [phrase(pieces_of(chunk)) for chunk in chunks if needed and says_nothing(chunk)]
    needed = needed or chunks
    strict = [f"+({exactly(chunk)} {begins(chunk)})" for chunk in needed]
    loose = [
        f"+({exactly(chunk)} {nearly(chunk) if place < MAX_FUZZY else begins(chunk)})"
        for place, chunk in enumerate(needed)
    ]
    wished += [f"{key_clause(key)}^{EXACT}" for key in keys_of(text)]
    return SearchText(" ".join(strict + wished), " ".join(loose + wished))


def keys_of(text: str) -> list[str]:
    """Keys of the products that the whole text names: by their name, or by `domain:name`."""
    pair = [KEY + folded(text)] if PAIR.fullmatch(text) else []
    return [name_key(runs_of(text)), *pair]


def key_clause(key: str) -> str:
    return f'searchKeys:"{key}"'


def says_nothing(chunk: list[Run]) -> bool:
    return len(chunk) == 1 and chunk[0].whole in OPTIONAL


def pieces_of(chunk: list[Run]) -> list[Piece]:
    return [piece for run in chunk for piece in run.pieces]


def exactly(chunk: list[Run]) -> str:
    """Its words in order; where they are written together, or typed apart, also the beginning of the whole."""
    pieces = pieces_of(chunk)
    written = phrase(pieces) + "^4"
    if len(pieces) == 1 or any(piece.alone for piece in pieces):
        return written
    return f"{written} {''.join(piece.text for piece in pieces)}*^2"


def begins(chunk: list[Run]) -> str:
    return "(" + " ".join(beginning(run) for run in chunk) + ")"


def beginning(run: Run) -> str:
    """Words as they are but for the last, which may be a beginning. Characters without spaces are a part of a text."""
    clauses = []
    for alone, group in groupby(run.pieces, key=lambda piece: piece.alone):
        pieces = list(group)
        clauses += [f"+{phrase(pieces)}"] if alone else [f"+{piece.text}" for piece in pieces]
    return " ".join(clauses) + ("" if run.pieces[-1].alone else "*")


def nearly(chunk: list[Run]) -> str:
    clauses = []
    for alone, group in groupby(pieces_of(chunk), key=lambda piece: piece.alone):
        pieces = list(group)
        clauses += [f"+{phrase(pieces)}"] if alone else [f"+({one.text}* {fuzzy(one.text)})" for one in pieces]
    return "(" + " ".join(clauses) + ")"


def fuzzy(word: str) -> str:
    """Tolerates typing errors. Short words get none, because every other short word would match."""
    if not 4 <= len(word) <= MAX_FUZZY_LENGTH:
        return ""
    return f"{word}~1" if len(word) < 8 else f"{word}~2"
