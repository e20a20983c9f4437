"""Answers as they are stored with an idempotency key."""

from typing import NamedTuple

import pytest

from resolvers.model.canonical_json import canonical
from resolvers.model.records import Dependency, Policy
from resolvers.writes.idempotency import decode, encode, hash_of, replayable
from resolvers.writes.judgement import Violation

EDGE = Dependency("prd_a", "prd_b", "feeds", "DECLARED", "2026-01-01T00:00:00.000000Z", ["x"], None)


class Stranger(NamedTuple):
    x: int


def test_an_answer_comes_back_as_its_records():
    policy = Policy(*(str(n) for n in range(16)))
    answer = {"thing": EDGE, "extra": {"all": [EDGE, None, 1.5, True]}, "warnings": [Violation(policy, "prd_a", "no")]}
    back = decode(encode(answer))
    assert back["thing"] == EDGE
    assert back["extra"] == answer["extra"]
    assert back["warnings"][0].policy == policy
    assert type(back["warnings"][0]) is Violation


def test_what_cannot_come_back_is_not_stored():
    for value in (Stranger(1), object(), {1, 2}):
        with pytest.raises(TypeError, match="not replayable"):
            encode(value)


def test_a_record_that_changed_since_is_read_all_the_same():
    replayable(Stranger)
    assert decode({"$record": "Stranger", "gone": 1}) == Stranger(None)
    assert decode(encode(Stranger(2))) == Stranger(2)


def test_the_hash_does_not_depend_on_the_order_of_keys():
    assert hash_of({"a": 1, "b": [{"d": 1, "c": 2}]}) == hash_of({"b": [{"c": 2, "d": 1}], "a": 1})
    assert hash_of({"a": 1}) != hash_of({"a": "1"})
    assert canonical({"ä": None, "a": (1, 2)}) == '{"a":[1,2],"ä":null}'
