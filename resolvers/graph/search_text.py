"""Normalises text for full-text search, both what is stored and what is typed.

The index `product_search` splits texts at spaces alone; everything else is decided here:

- Texts are compared in Unicode normal form NFKC, without case and without accents: `Café` is `cafe`. Marks that make
  another letter of a letter (Devanagari, Kana) stay. Joiners and other characters that nobody sees do not count.
- A word ends where letters and digits end, at a seam of camel case, and between letters and digits, so that
  `customer360`, `customer-360` and `Customer 360` are the same words. The whole is kept as a further word.
- In scripts that are written without spaces (Chinese, Japanese, Korean syllables, Thai, Lao, Khmer, Burmese, …) each
  character is a word of its own, so that any part of a text is a phrase of it.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple

from resolvers.model.records import Product

# A run of more changes between letters and digits than this is one word: a hash, no name.
MAX_PIECES = 8
MAX_PIECE = 200  # characters; the index splits longer words by itself
# In front of each key, so that no word that is typed begins one.
KEY = "="

# First and last code points of scripts that are written without spaces between words.
SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # Hangul letters
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x3035),
    (0x3041, 0x31BF),  # Hiragana, Katakana, Bopomofo, Hangul letters
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Chinese characters
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),  # Yi
    (0xA960, 0xA97F),
    (0xA980, 0xA9FF),  # Javanese, Burmese
    (0xAA60, 0xAA7F),
    (0xAC00, 0xD7FF),  # Hangul syllables
    (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F),  # Kana
    (0x20000, 0x3FFFD),
)
_STARTS = [start for start, _ in SPACELESS]

# Marks that a reader may leave out: accents of Latin, Greek and Cyrillic letters, vowel points of Hebrew and Arabic.
ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
# Letters, without case, that Unicode does not take apart into a letter and an accent.
UNACCENTED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)
# Besides the format characters: variation selectors, fillers, and the stroke that lengthens Arabic words.
INVISIBLE = re.compile("[\u034f\u0640\u115f\u1160\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Kind(Enum):
    LETTER = auto()
    DIGIT = auto()
    MARK = auto()
    ALONE = auto()  # of a script without spaces
    IGNORED = auto()  # joiners, soft hyphens, variation selectors
    SEPARATOR = auto()


@lru_cache(maxsize=4096)
def kind_of(char: str) -> Kind:
    category = unicodedata.category(char)
    if category == "Cf" or INVISIBLE.match(char):
        return Kind.IGNORED
    if category[0] not in "LMN":
        return Kind.SEPARATOR
    if category == "Nd":
        return Kind.DIGIT
    place = bisect_right(_STARTS, ord(char)) - 1
    if place >= 0 and ord(char) <= SPACELESS[place][1]:
        return Kind.ALONE
    return Kind.MARK if category[0] == "M" else Kind.LETTER


class Piece(NamedTuple):
    """A word of the index. `alone`: a character of a script without spaces."""

    text: str
    alone: bool = False


class Run(NamedTuple):
    """What was written without a separator: its words in order, and the whole as one."""

    pieces: tuple[Piece, ...]
    whole: str

    @property
    def mixed(self) -> bool:
        """Whether the whole is a word besides its pieces."""
        return len(self.pieces) > 1 and not any(piece.alone for piece in self.pieces)


_ASCII_RUN = re.compile(r"[A-Za-z0-9]+")
_ASCII_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


def runs_of(text: str) -> list[Run]:
    if text.isascii():
        return [run_of([Piece(word.lower()) for word in _ASCII_SEAM.split(run)]) for run in _ASCII_RUN.findall(text)]
    return [run_of(pieces) for pieces in _split(unicodedata.normalize("NFKC", text))]


def run_of(pieces: Sequence[Piece]) -> Run:
    whole = "".join(piece.text for piece in pieces)[:MAX_PIECE]
    if len(pieces) > MAX_PIECES and not any(piece.alone for piece in pieces):
        return Run((Piece(whole),), whole)
    return Run(tuple(Piece(piece.text[:MAX_PIECE], piece.alone) for piece in pieces), whole)


def _split(text: str) -> list[list[Piece]]:
    runs: list[list[Piece]] = []
    pieces: list[Piece] = []
    word, word_kind = "", Kind.LETTER
    for char in text + "\n":
        kind = kind_of(char)
        if kind is Kind.IGNORED:
            continue
        if word and kind is Kind.MARK:
            word += char
            continue
        hump = kind is Kind.LETTER and char.isupper() and not word[-1:].isupper()
        if word and (kind is not word_kind or hump):
            pieces += [Piece(text) for text in [_folded(word, word_kind)] if text]
            word = ""
        if kind is Kind.SEPARATOR:
            if pieces:
                runs.append(pieces)
            pieces = []
        elif kind is Kind.ALONE or (kind is Kind.MARK and pieces and pieces[-1].alone):
            pieces.append(Piece(char, alone=True))
        else:
            word, word_kind = word + char, kind if kind is Kind.DIGIT else Kind.LETTER
    return runs


def _folded(word: str, kind: Kind) -> str:
    if kind is Kind.DIGIT:  # a mark may stand on a digit
        return "".join(str(unicodedata.digit(char)) for char in word if kind_of(char) is Kind.DIGIT)
    return unaccented(folded(word))


def folded(text: str) -> str:
    """In normal form, without case and without characters that nobody sees."""
    if text.isascii():
        return text.lower()
    seen = "".join(char for char in unicodedata.normalize("NFKC", text) if kind_of(char) is not Kind.IGNORED)
    return unicodedata.normalize("NFKC", seen.casefold())


def unaccented(text: str) -> str:
    """A text that is `folded`, without accents."""
    if text.isascii():
        return text
    bare = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", bare.translate(UNACCENTED))


def tag_key(tag: str) -> str:
    """What tags of the same meaning have in common: case, normal form and spaces do not count; accents do."""
    return " ".join(folded(tag).split())


def words_of(text: str) -> str:
    """The text as the index takes it: its words in order, then the wholes of those that fell into pieces."""
    runs = runs_of(text)
    words = [piece.text for run in runs for piece in run.pieces]
    return " ".join((*words, *dict.fromkeys(run.whole for run in runs if run.mixed)))


def name_words(name: str) -> str:
    """`words_of` a name, and the whole without its separators."""
    runs = runs_of(name)
    joined = "".join(run.whole for run in runs)
    return f"{words_of(name)} {joined}" if len(runs) > 1 else words_of(name)


def name_key(runs: Iterable[Run]) -> str:
    """What names of the same words have in common: `orders-daily` of `orders - daily` and `orders/daily`."""
    return KEY + "-".join(piece.text for run in runs for piece in run.pieces)


def search_properties(product: Product) -> dict[str, Any]:
    """The properties of a product's node that full text and the filter by tags read, but those of its fields."""
    return properties_of(
        product.id, product.urn, product.domain, product.name, product.owner_team, product.description, product.tags
    )


def properties_of(
    id: str, urn: str, domain: str, name: str, owner_team: str, description: str | None, tags: Sequence[str] | None
) -> dict[str, Any]:
    keys = (KEY + folded(id), KEY + folded(urn), KEY + folded(f"{domain}:{name}"), name_key(runs_of(name)))
    owner = dict.fromkeys(f"{words_of(domain)} {words_of(owner_team)}".split())
    return {
        "searchKeys": list(dict.fromkeys(keys)),
        "searchWords": name_words(name),
        "descriptionWords": words_of(description or ""),
        "tagWords": [words_of(tag) for tag in tags or ()],
        "tagKeys": list(dict.fromkeys(map(tag_key, tags or ()))),
        "ownerWords": " ".join(owner),
    }


def field_words(names: Iterable[str]) -> list[str]:
    """The property `fieldWords`, of the names of the fields of a contract."""
    return list(dict.fromkeys(map(words_of, names)))
