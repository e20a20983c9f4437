"""Cursors: opaque, of one list, and the same from version to version."""

import pytest

from resolvers.model.errors import UserFault
from resolvers.paging.cursors import ListScope, decode, encode

# As versions before this one made it: whoever holds one goes on with it.
HELD = "WyJiNDA5NzViMjAzYzAiLCJ1cm46bWVzaDpkOmEiXQ"
KEY = ["urn:mesh:d:a"]


def dependencies(product: str) -> ListScope:
    return ListScope("dependencies", "DEPENDENCIES", product)


def test_a_cursor_is_as_it_was():
    assert encode(dependencies("prd_1"), KEY) == HELD


def test_a_cursor_gives_its_key_back_to_its_own_list():
    assert decode(HELD, dependencies("prd_1"), str) == KEY
    assert decode(None, dependencies("prd_1"), str) is None


@pytest.mark.parametrize(
    "scope", [dependencies("prd_2"), ListScope("dependencies", "CONSUMERS", "prd_1"), ListScope.named("dependencies")]
)
def test_another_list_refuses_it(scope):
    with pytest.raises(UserFault) as refused:
        decode(HELD, scope, str)
    assert refused.value.field == ("after",)


def test_a_cursor_of_another_shape_is_none_of_this_list():
    for shape in ((int,), (str, str), ()):
        with pytest.raises(UserFault):
            decode(HELD, dependencies("prd_1"), *shape)


def test_a_named_list_has_its_name_in_the_cursor():
    scope = ListScope.named("catalogEvents")
    assert scope.name == "catalogEvents"
    assert decode(encode(scope, [7, "ab"]), scope, int, str) == [7, "ab"]
