"""Query texts are read once, and kept within bounds."""

from pathlib import Path

import pytest

from graph_api.execution import documents
from graph_api.execution.documents import CHARACTERS_PER_ENTRY, CacheStatistics, Documents
from graph_api.execution.engine import Engine
from graph_api.execution.limits import limits_of
from tests.graph_api.tiny import plain, settings


def cache(tmp_path: Path, entries: int) -> Documents:
    return Documents(plain._schema, limits_of(settings(tmp_path)), entries)


def test_a_text_is_parsed_and_validated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    real = documents.read
    monkeypatch.setattr(documents, "read", lambda text, *rest: read.append(text) or real(text, *rest))
    known = cache(tmp_path, 10)
    first = known.get("{ hello }")
    assert known.get("{ hello }") is first
    assert known.get("{  hello }") is not first
    assert read == ["{ hello }", "{  hello }"]
    assert known.statistics() == CacheStatistics(hits=1, misses=2, entries=2)


def test_texts_that_cannot_run_are_known_as_well(tmp_path: Path) -> None:
    known = cache(tmp_path, 10)
    for text in ("{", "{ nothing }"):
        assert known.get(text).errors
        assert known.get(text) is known.get(text)
    assert known.statistics().misses == 2


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    known = cache(tmp_path, 2)
    a, b = known.get("{ a: hello }"), known.get("{ b: hello }")
    assert known.get("{ a: hello }") is a
    known.get("{ c: hello }")
    assert known.get("{ a: hello }") is a
    assert known.get("{ b: hello }") is not b
    assert known.statistics().entries == 2


def test_long_texts_take_the_room_of_many(tmp_path: Path) -> None:
    known = cache(tmp_path, 4)
    for n in range(4):
        known.get(f"{{ a{n}: hello }}")
    known.get("{ hello } #" + "x" * (4 * CHARACTERS_PER_ENTRY - 20))
    assert known.statistics().entries == 1


def test_a_text_beyond_the_limit_is_not_kept(tmp_path: Path) -> None:
    known = cache(tmp_path, 4)
    known.get("{ hello } #" + "x" * 100_000)
    assert known.statistics().entries == 0


def test_a_schema_with_extensions_is_refused(tmp_path: Path) -> None:
    import strawberry
    from strawberry.extensions import SchemaExtension

    class Slow(SchemaExtension):
        pass

    extended = strawberry.Schema(plain.query, extensions=[Slow])
    with pytest.raises(TypeError, match="extensions"):
        Engine(extended, limits_of(settings(tmp_path)))
