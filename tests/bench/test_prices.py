"""Every question of `python -m bench.prices` is one that the schema knows, and has a price."""

import pytest
from graphql import parse, validate

from bench.bystander import Mesh
from bench.prices import questions
from schema.schema import schema

QUESTIONS = questions(Mesh([f"prd_{number}" for number in range(1_000)], ["sales"]))
PRICES = {one.name: one.price for one in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_each_is_valid(question):
    assert validate(schema._schema, parse(question.query)) == []


def test_ordinary_ones_cost_what_they_load():
    ordinary = {one.name: round(one.price, 1) for one in QUESTIONS if one.ordinary}
    # A page, its connection and six leaves of each product.
    assert ordinary["50 products"] == 1 + 50 * 1.6
    assert ordinary["1,000 products x 6 fields"] == 1 + 1_000 * 1.6
    assert ordinary["1,000 entities"] == 1_000 * 1.6


def test_those_that_read_the_mesh_cost_more_than_a_page():
    assert min(one.price for one in QUESTIONS if not one.ordinary) > PRICES["50 products"]
