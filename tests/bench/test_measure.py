"""Equal work or no figure; large answers are asked for less often."""

from time import sleep

import pytest

import bench.measure
from bench.contenders import Contender
from bench.measure import Unequal, compare, measure, rounds_of
from bench.shapes import Shape


def shape(name: str, size: str = "S") -> Shape:
    return Shape(name, "", dict, "", dict, "", dict, [{"n": 1}, {"n": 2}], size)


def answering(name: str, *answers: object) -> Contender:
    left = list(answers)
    return Contender(name, lambda shape, variables: lambda: None, lambda shape, variables: left.pop(0))


def too_long_for_a(shape, variables):
    if shape.name == "a":
        raise RuntimeError("too long")
    return variables["n"]


def test_all_answers_are_compared():
    assert compare([shape("a")], [answering("x", 1, 2), answering("y", 1, 2)]) == {"a": 2}


def test_unequal_answers_have_no_figure():
    with pytest.raises(Unequal, match=r"a, \{'n': 2\}: x and y answer differently"):
        compare([shape("a")], [answering("x", 1, 2), answering("y", 1, 3)])


def test_what_somebody_cannot_answer_is_left_out_and_told(capsys):
    slow = Contender("y", lambda shape, variables: lambda: None, too_long_for_a)
    assert compare([shape("a"), shape("b")], [answering("x", 1, 1, 2), slow]) == {"b": 2}
    assert "no figures for a: too long" in capsys.readouterr().out


def test_every_contender_has_every_shape_as_often():
    figures = measure([shape("a"), shape("b", "L")], [answering("x"), answering("y")], 40)
    assert {key: figure.runs for key, figure in figures.items()} == {
        ("a", "x"): 40,
        ("a", "y"): 40,
        ("b", "x"): 20,
        ("b", "y"): 20,
    }


@pytest.mark.parametrize(("warm_up", "made"), [(0, 5), (30, 30)])
def test_what_is_measured_was_warmed_up_before(warm_up, made):
    asked = []
    one = Contender("x", lambda shape, variables: lambda: asked.append(1), answering("x").answer)
    measure([shape("a")], [one], 20, warm_up)
    assert len(asked) == made + 20


def test_warming_up_ends_after_so_many_seconds(monkeypatch):
    monkeypatch.setattr(bench.measure, "WARM_UP_SECONDS", 0.2)
    asked = []

    def exchange():
        asked.append(1)
        sleep(0.02)

    one = Contender("x", lambda shape, variables: exchange, answering("x").answer)
    measure([shape("a")], [one], 20, warm_up=1_000)
    assert 5 <= len(asked) - 20 <= 10


@pytest.mark.parametrize(
    ("size", "rounds", "seconds", "wanted"),
    [
        ("S", 200, 0.005, 200),
        ("L", 200, 0.3, 40),
        ("L", 50, 0.3, 20),
        ("L", 200, 0.75, 20),
        ("L", 200, 1.5, 10),
        ("L", 200, 30.0, 5),
    ],
)
def test_slow_answers_are_asked_for_less_often(size, rounds, seconds, wanted):
    assert rounds_of(size, rounds, seconds) == wanted
