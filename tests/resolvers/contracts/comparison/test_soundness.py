"""No break that a document proves is missed, no refactoring is reported, every witness shows what it says."""

import contextlib
import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException
from hypothesis.internal.conjecture import utils as conjecture
from jsonschema_rs import Draft202012Validator

from graph_api.sample.files import read_sample
from resolvers.contracts.changes import Severity
from resolvers.contracts.comparison.comparison import Comparison, compare_schemas
from resolvers.contracts.comparison.values import freeze
from resolvers.contracts.fields import derive_fields
from resolvers.contracts.json_schema import check_json_schema
from scripts.contract_soundness import (
    Figures,
    allows,
    mutations,
    pairs,
    refactorings,
    suite,
    suite_files,
    suite_schemas,
    usable,
    validator,
)
from scripts.json_schema_cases import a_document_schema, a_value, mutated, refactored, subschemas

SUITE = Path(__file__).parents[5] / "shared" / "data" / "json-schema-test-suite"
FILES = suite_files(SUITE) if SUITE.is_dir() else []
with_suite = pytest.mark.skipif(not FILES, reason="the JSON Schema Test Suite is not beside this repository")


def sound(figures: Figures) -> None:
    assert figures.missed == []
    assert figures.wrong_witnesses == []
    assert figures.false_alarms == []


@with_suite
def test_no_break_between_schemas_of_the_suite_is_missed() -> None:
    figures = suite(FILES)

    sound(figures)
    assert figures.proven_breaks > len(FILES)
    assert figures.same > len(FILES)
    assert figures.too_large == 0


@with_suite
def test_refactorings_of_the_suites_schemas_change_nothing() -> None:
    figures = refactorings(suite_schemas(FILES))

    sound(figures)
    assert figures.pairs > len(FILES)


@with_suite
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_schema_of_the_suite_is_taken_or_refused_in_words(file: Path) -> None:
    for group in json.loads(file.read_text()):
        faults = check_json_schema(group["schema"])
        assert all(fault.message.endswith(".") for fault in faults)
        if not faults:
            derive_fields(group["schema"])
            assert compare_schemas(group["schema"], {**group["schema"], "title": "The same"}) != []


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_no_break_between_generated_schemas_is_missed(start: int) -> None:
    figures = mutations(range(start, start + 100))

    sound(figures)
    assert figures.proven_breaks > 5


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_refactorings_of_generated_schemas_change_nothing(start: int) -> None:
    sound(refactorings(pairs(range(start, start + 100))))


def sample_schemas() -> list[dict[str, Any]]:
    found = [
        product.arguments["contract"]["jsonSchema"]
        for product in read_sample().products
        if "contract" in product.arguments
    ]
    assert len(found) > 50
    return found


def test_refactorings_of_the_samples_schemas_change_nothing() -> None:
    sound(refactorings((random.Random(number), schema) for number, schema in enumerate(sample_schemas())))


def test_no_break_of_the_samples_schemas_is_missed() -> None:
    figures = Figures()
    for number, schema in enumerate(sample_schemas()):
        rng = random.Random(number)
        for _ in range(3):
            changed = mutated(rng, schema)
            if usable(changed):
                figures.compare(schema, changed, [])
    sound(figures)
    assert figures.with_witness > 20


def more(self: Any) -> bool:
    """What hypothesis-jsonschema calls on each element; Hypothesis has since made it an iterator."""
    steps = getattr(self, "_steps", None)
    if steps is None:
        self.__enter__()
        steps = self._steps = iter(self)
    if next(steps, self) is self:
        self.__exit__(None)
        return False
    return True


@pytest.fixture
def from_schema(monkeypatch: pytest.MonkeyPatch) -> Any:
    if not hasattr(conjecture.many, "more"):
        monkeypatch.setattr(conjecture.many, "more", more, raising=False)
    return pytest.importorskip("hypothesis_jsonschema").from_schema


def compatible_pairs(seeds: range) -> Iterator[tuple[Any, Any]]:
    """Generated schemas and mutations of them that the comparison calls compatible."""
    for seed in seeds:
        rng = random.Random(seed)
        old = a_document_schema(rng)
        new = mutated(rng, old)
        # Documents of references and of unevaluated parts are more than the library makes.
        if "$defs" in new or "unevaluated" in str(new) or not usable(old) or not usable(new):
            continue
        if all(change.severity is not Severity.BREAKING for change in compare_schemas(old, new)):
            yield old, new


@pytest.mark.filterwarnings("ignore")
def test_documents_of_the_new_schema_are_old_ones_unless_it_breaks(from_schema: Any) -> None:
    checked = 0
    for old, new in compatible_pairs(range(40)):
        is_old, is_new = validator(old), validator(new)
        made: list[Any] = []

        @settings(max_examples=10, phases=[Phase.generate], database=None, derandomize=True, deadline=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(from_schema(copy.deepcopy(new)))
        def collect(document: Any) -> None:
            made.append(document)  # noqa: B023 - called before the next round

        # Some schemas have no documents, or keywords that the library does not know.
        with contextlib.suppress(HypothesisException, NotImplementedError):
            collect()
        allowed = [document for document in made if allows(is_new, document)]
        assert [document for document in allowed if not allows(is_old, document)] == []
        checked += len(allowed)
    assert checked > 60


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_canonical_forms_allow_the_documents_that_a_validator_allows(start: int) -> None:
    compared = 0
    for seed in range(start, start + 100):
        rng = random.Random(seed)
        schema = a_document_schema(rng)
        if not usable(schema):
            continue
        comparison = Comparison(True, schema)
        compiled = Draft202012Validator(schema, validate_formats=True)
        comparison.algebra.assert_formats = True
        for _ in range(30):
            document = a_value(rng, 3)
            answer = comparison.algebra.fits(comparison.new, freeze(document))
            assert answer in (None, compiled.is_valid(document)), (schema, document)
            compared += answer is not None
    assert compared > 2_000


def test_keys_in_another_order_are_the_same_expression() -> None:
    for rng, schema in pairs(range(100)):
        comparison = Comparison(schema, refactored(random.Random(rng.random()), schema))
        if not any("$ref" in node for node in subschemas(schema)):
            assert comparison.decider.same(comparison.old, comparison.new)


def test_a_schema_is_not_changed_by_comparing_it() -> None:
    for _, schema in pairs(range(50)):
        before = copy.deepcopy(schema)
        compare_schemas(schema, {**schema, "minProperties": 1})
        assert schema == before
