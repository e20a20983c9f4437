"""The tests here compare schemas; none of them needs a graph."""

import pytest


@pytest.fixture(autouse=True)
def right_snapshots() -> None:
    """Nothing is written that a snapshot could say wrongly."""
