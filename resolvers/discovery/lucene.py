"""The part of Lucene's query syntax that a search may use, parsed and written anew.

    query   = or;  or = and {("OR" | "||") and};  and = not {["AND" | "&&"] not}
    not     = ("NOT" | "!" | "-") not | ["+"] [field ":"] (word | phrase | "(" or ")" [boost])
    word    = letters, digits, _ and inner - . @ / ', then ["*"] [("~" | "~1" | "~2")] [boost];  boost = "^" number
    phrase  = '"' … '"' ["~" slop] [boost]
    field   = "name" | "description" | "tags" | "fields" | "owner"

Words side by side are joined by AND. `-`, `!` and `+` stand right before what they are about; apart from it they are
text. Words are split as `resolvers.graph.search_text` does. Left out are leading and inner wildcards, ranges and
regular expressions: they read the whole index.
"""

import re
from collections.abc import Sequence

from resolvers.graph.search_text import Piece, runs_of

FIELDS = {
    "name": ("searchWords",),
    "description": ("descriptionWords",),
    "tags": ("tagWords",),
    "fields": ("fieldWords",),
    "owner": ("ownerWords",),
}
ANYWHERE = ("",)
MATCH_ALL = "*:*"
MAX_DEPTH = 20
MAX_FUZZY = 6
MAX_FUZZY_LENGTH = 32  # what a fuzzy word costs grows steeply with its length

# Of a word: any character that is not punctuation of ASCII and no space.
IN_WORD = r"[^\s\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
BOOST = r"\^\d{1,2}(?:\.\d{1,2})?"
TOKEN = re.compile(
    rf"""\s*(?:
      (?P<field>{"|".join(FIELDS)}):(?={IN_WORD}|["(])
    | (?P<and>AND(?=[\s(])|&&)
    | (?P<or>OR(?=[\s(])|\|\|)
    | (?P<not>NOT(?=[\s(])|[!-](?=\S))
    | (?P<must>\+(?=\S))
    | (?P<open>\()
    | (?P<close>\))(?P<close_boost>{BOOST})?
    | "(?P<phrase>[^"\\]*{IN_WORD}[^"\\]*)"(?P<phrase_slop>~\d)?(?P<phrase_boost>{BOOST})?(?=[\s()]|$)
    | (?P<word>{IN_WORD}+(?:[-.@/']{IN_WORD}+)*)(?:(?P<star>\*)|(?P<fuzzy>~[12]?))?(?P<word_boost>{BOOST})?(?=[\s()]|$)
    )\s*""",
    re.VERBOSE,
)
RESERVED = frozenset({"AND", "OR", "NOT"})


Fields = tuple[str, ...]


class NotLucene(Exception):
    """The text is not a query of this syntax."""


def to_lucene(text: str) -> str:
    """The query, fully parenthesised, so that AND binds closer than OR; raises `NotLucene`."""
    tokens = tokenize(text)
    if sum(bool(token["fuzzy"]) for token in tokens) > MAX_FUZZY:
        raise NotLucene
    query, rest = parse_or(tokens, 0, ANYWHERE, 0)
    if rest != len(tokens):
        raise NotLucene
    return query


def tokenize(text: str) -> list[re.Match[str]]:
    tokens, place = [], 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None or token["word"] in RESERVED:
            raise NotLucene
        tokens.append(token)
        place = token.end()
    return tokens


def kind(tokens: list[re.Match[str]], at: int) -> str:
    if at == len(tokens):
        return "end"
    names = ("field", "and", "or", "not", "must", "open", "close", "phrase", "word")
    return next(name for name in names if tokens[at][name] is not None)


def parse_or(tokens: list[re.Match[str]], at: int, fields: Fields, depth: int) -> tuple[str, int]:
    if depth > MAX_DEPTH:
        raise NotLucene
    first, at = parse_and(tokens, at, fields, depth)
    parts = [first]
    while kind(tokens, at) == "or":
        part, at = parse_and(tokens, at + 1, fields, depth)
        parts.append(part)
    return (first if len(parts) == 1 else "(" + " ".join(parts) + ")"), at


def parse_and(tokens: list[re.Match[str]], at: int, fields: Fields, depth: int) -> tuple[str, int]:
    first, at = parse_not(tokens, at, fields, depth)
    parts = [first]
    while kind(tokens, at) not in ("or", "close", "end"):
        part, at = parse_not(tokens, at + (kind(tokens, at) == "and"), fields, depth)
        parts.append(part)
    if all(part.startswith("-") for part in parts):
        parts.insert(0, MATCH_ALL)  # Lucene finds nothing for exclusions alone
    return "(" + " ".join(parts) + ")", at


def parse_not(tokens: list[re.Match[str]], at: int, fields: Fields, depth: int) -> tuple[str, int]:
    """A clause with its sign, `+` or `-`."""
    sign = "+"
    while kind(tokens, at) == "not":
        sign, at = "-" if sign == "+" else "+", at + 1
    if kind(tokens, at) == "must":
        at += 1
    if kind(tokens, at) == "field":
        fields, at = FIELDS[tokens[at]["field"]], at + 1
    clause, at = parse_clause(tokens, at, fields, depth)
    return sign + clause, at


def parse_clause(tokens: list[re.Match[str]], at: int, fields: Fields, depth: int) -> tuple[str, int]:
    what = kind(tokens, at)
    if what == "open":
        group, at = parse_or(tokens, at + 1, fields, depth + 1)
        if kind(tokens, at) != "close":
            raise NotLucene
        return group + (tokens[at]["close_boost"] or ""), at + 1
    if what == "phrase":
        token = tokens[at]
        written = phrase(pieces_of(token["phrase"]))
        return within(fields, f"{written}{token['phrase_slop'] or ''}{token['phrase_boost'] or ''}"), at + 1
    if what == "word":
        return within(fields, word(tokens[at])), at + 1
    raise NotLucene


def within(fields: Fields, leaf: str) -> str:
    if fields == ANYWHERE:
        return leaf
    return "(" + " ".join(f"{field}:{leaf}" for field in fields) + ")"


def word(token: re.Match[str]) -> str:
    pieces, boost = pieces_of(token["word"]), token["word_boost"] or ""
    *before, last = pieces
    if token["fuzzy"]:
        if before or last.alone or len(last.text) > MAX_FUZZY_LENGTH:
            raise NotLucene
        return f"{last.text}{token['fuzzy']}{boost}"
    if not token["star"] or last.alone:  # any part of a text without spaces is a beginning
        return phrase(pieces) + boost
    return f"(+{phrase(before)} +{last.text}*){boost}" if before else f"{last.text}*{boost}"


def pieces_of(text: str) -> list[Piece]:
    """The index words in `text`. Raises `NotLucene` if there is none."""
    pieces = [piece for run in runs_of(text) for piece in run.pieces]
    if not pieces:
        raise NotLucene
    return pieces


def phrase(pieces: Sequence[Piece]) -> str:
    return '"' + " ".join(piece.text for piece in pieces) + '"'
