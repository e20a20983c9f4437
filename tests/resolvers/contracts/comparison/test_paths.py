"""Field paths: their text, read back, and which of them concern each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.contracts.comparison.paths import (
    Element,
    Property,
    Values,
    covers,
    overlaps,
    parse_path,
    path_steps,
    path_text,
)
from resolvers.contracts.fields import derive_fields

STEPS = st.one_of(
    st.builds(Property, st.text(alphabet="ab.[]{}'\"\\0 é")),
    st.builds(Element, st.none() | st.integers(0, 20)),
    st.just(Values()),
)


@pytest.mark.parametrize(
    ("path", "text", "steps"),
    [
        ((Property("customer"), Property("city")), "customer.city", ("customer", "city")),
        ((Property("lines"), Element(), Property("sku")), "lines[].sku", ("lines", "[]", "sku")),
        ((Property("lines"), Element(0), Property("sku")), "lines[0].sku", ("lines", "[0]", "sku")),
        ((Property("labels"), Values()), "labels{}", ("labels", "{}")),
        ((Property("a.b"),), "['a.b']", ("a.b",)),
        ((Property("pairs[0]"), Property("c")), "['pairs[0]'].c", ("pairs[0]", "c")),
        ((Property("it's \\"),), "['it\\'s \\\\']", ("it's \\",)),
        ((Property(""),), "['']", ("",)),
        ((), "", ()),
    ],
)
def test_texts(path, text, steps):
    assert path_text(path) == text
    assert parse_path(text) == path
    assert path_steps(path) == steps


@given(st.lists(STEPS, max_size=5).map(tuple), st.lists(STEPS, max_size=5).map(tuple))
def test_a_text_is_read_back_and_no_two_paths_share_one(path, other):
    assert parse_path(path_text(path)) == path
    assert (path_text(path) == path_text(other)) is (path == other)


@pytest.mark.parametrize(
    ("one", "other", "concerned"),
    [
        ("lines[].sku", "lines[0].sku", True),
        ("lines[1].sku", "lines[0].sku", False),
        ("lines", "lines[0].sku", True),
        ("a.b", "['a.b']", False),
        ("a", "['a.b']", False),
        ("a", "ab", False),
        ("['a.b'].c", "['a.b']", True),
        ("labels{}", "labels", True),
        ("labels{}", "labels.a", False),
    ],
)
def test_which_paths_concern_each_other(one, other, concerned):
    assert overlaps(parse_path(one), parse_path(other)) is concerned
    assert overlaps(parse_path(other), parse_path(one)) is concerned


def test_covering_goes_inwards():
    assert covers(parse_path("a"), parse_path("a.b"))
    assert not covers(parse_path("a.b"), parse_path("a"))


@pytest.mark.parametrize("text", ["a..b", "a.", "[x]", "{", "a]b", "['a"])
def test_what_is_no_path_is_the_name_of_a_property(text):
    assert parse_path(text) == (Property(text),)


def test_the_fields_of_a_contract_are_named_by_the_same_texts():
    names = ["a.b", "pairs[0]", "it's", 'say "x"', "{}", "back\\slash", "plain", ""]
    schema = {"properties": {name: {"items": {"properties": {name: {}}}} for name in names}}

    for field, name in zip(derive_fields(schema)[::2], names, strict=True):
        assert parse_path(field.path) == (Property(name),)
    for field, name in zip(derive_fields(schema)[1::2], names, strict=True):
        assert parse_path(field.path) == (Property(name), Element(), Property(name))
