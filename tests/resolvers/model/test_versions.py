"""Semantic versions as people give them."""

import pytest

from resolvers.model.versions import is_higher, next_version, version_problem


@pytest.mark.parametrize(
    "text", ["0.0.0", "1.0.0", "1.0.0-rc.1", "1.0.0-0", "1.0.0-alpha-beta.11.x7", "1.0.0-0a", "999999999.0.0"]
)
def test_what_is_a_version(text):
    assert version_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("1.0.0-0715", "1.0.0-rc..1", "1.0.0-", "1.0", "1", "v1.0.0", "01.0.0", "1.0.0.0", "1.0.0-rc.01", "-1.0.0"),
        *(
            "1.0.0+build",
            "1.0.0-rc.1+build",
            "1.0.0+",
            "",
            " 1.0.0",
            "1.0.0 ",
            "1.0.0\n",
            "1.0.0-ä",
            "\u0661.0.0",
            "1.0.0-" + "a" * 99,
        ),
    ],
)
def test_what_is_no_version_is_told_why(text):
    problem = version_problem(text)
    assert problem
    assert ("build metadata" in problem) == (text in ("1.0.0+build", "1.0.0-rc.1+build"))


def test_what_comes_after_a_pre_release():
    order = ["1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.1", "1.0.0-rc.2", "1.0.0-rc.10"]
    order += ["1.0.0", "1.0.1"]
    for place, one in enumerate(order):
        assert [is_higher(one, other) for other in order] == [place > at for at in range(len(order))]
    assert next_version("1.0.0-rc.1", {"major"}) == "1.0.0"
    assert next_version("1.1.0-rc.1", {"major"}) == "2.0.0"
    assert next_version("0.2.0-rc.1", {"major"}) == "0.2.0"
