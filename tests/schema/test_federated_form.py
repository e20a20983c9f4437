"""The form of the schema beside other teams' subgraphs, as a client meets it."""

import pytest

from graph_api.execution.engine import Engine, Operation, Rejected
from graph_api.execution.limits import limits_of
from schema.context import Context
from schema.federation import Form, UnknownField
from schema.schema import make_schema, schema
from tests.graphql_execution import LAX
from tests.mesh import Mesh

FORM = Form("Mesh", ("DataContract", "DataProduct", "Domain"), ("node", "viewer"))


@pytest.fixture(scope="module")
def federated():
    return make_schema(FORM)


@pytest.fixture
async def shop(store):
    mesh = Mesh()
    orders = mesh.product("sales", "orders")
    mesh.contract(orders, "1.2.0")
    mesh.depends(mesh.product("sales", "reports"), orders)
    await mesh.write(store)
    return store


QUERY = """
query ($filter: DataProductFilter, $given: [_Any!]!) {
  __typename
  dataProducts(filter: $filter, orderBy: {field: URN, direction: ASC}) {
    __typename
    nodes { __typename ...Known contract { __typename fields { __typename path } } }
    pageInfo { __typename hasNextPage }
    facets { __typename classification { __typename value count } }
  }
  lineage(roots: ["urn:mesh:sales:orders"], direction: DOWNSTREAM) {
    __typename nodes { __typename distance product { urn } } edges { __typename kind }
  }
  _entities(representations: $given) { __typename ... on DataProduct { urn } ... on Policy { name } }
}
fragment Known on Node { __typename id ... on DataProduct { urn classification domain { __typename name } } }
"""
RENAMED = (
    QUERY.replace("DataProductFilter", "MeshDataProductFilter")
    .replace("on Node", "on MeshNode")
    .replace("on Policy", "on MeshPolicy")
)
GIVEN = [{"__typename": "DataProduct", "urn": "urn:mesh:sales:orders"}]


async def answered(served, store, query, compiles=True, **variables):
    engine = Engine(served, limits_of(LAX), compiles=compiles)
    prepared = engine.prepare(Operation(query, variables, None, {}), "tests")
    answer = await engine.run(prepared, Context(store), "tests")
    return answer.payload(), prepared.document.compiled.hits


def renamed(value):
    """The plain form's answer with the prefix at each `__typename` that has it."""
    if isinstance(value, list):
        return [renamed(one) for one in value]
    if isinstance(value, dict):
        return {key: name_of(one) if key == "__typename" else renamed(one) for key, one in value.items()}
    return value


def name_of(name):
    return name if name in ("Query", "DataProduct", "DataContract", "Domain") else f"Mesh{name}"


async def test_an_answer_differs_by_its_type_names_alone_compiled_or_not(shop, federated):
    variables = {"filter": {"domain": ["sales"]}, "given": GIVEN}
    plain, _ = await answered(schema, shop, QUERY, **variables)
    assert "errors" not in plain
    assert plain["data"]["dataProducts"]["nodes"][0]["contract"]["__typename"] == "DataContract"
    assert plain["data"]["lineage"]["edges"] == [{"__typename": "LineageEdge", "kind": "DATA"}]
    compiled, hits = await answered(federated, shop, RENAMED, **variables)
    assert compiled["data"] == renamed(plain["data"])
    assert hits == 1
    assert (await answered(federated, shop, RENAMED, compiles=False, **variables)) == (compiled, 0)


async def test_bad_representations_are_told_the_names_of_the_form(shop, federated):
    given = [{"__typename": "Policy", "id": "pol_x"}, {"__typename": "MeshPolicy"}]
    query = "query ($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
    payload, _ = await answered(federated, shop, query, given=given)
    assert [error["message"] for error in payload["errors"]] == [
        "representations[0] needs a `__typename` that is one of DataContract, DataProduct, Domain, MeshAuditEvent, "
        "MeshChangeRequest, MeshPolicy, MeshWaiver, MeshWebhook.",
        "representations[1] is a MeshPolicy without a key: it needs `id`.",
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ viewer { name } }", "Cannot query field 'viewer' on type 'Query'."),
        ('{ node(id: "x") { id } }', "Cannot query field 'node' on type 'Query'."),
        ("{ policies { nodes { mine } } }", "Cannot query field 'mine' on type 'MeshPolicy'."),
        ("query ($a: Role) { domains { totalCount } }", "Unknown type 'Role'."),
    ],
)
def test_what_the_form_leaves_out_or_renames_is_unknown(federated, query, message):
    engine = Engine(federated, limits_of(LAX))
    with pytest.raises(Rejected) as refused:
        engine.prepare(Operation(query, {}, None, {}), "tests")
    assert message in [error["message"].split(" Did you mean")[0] for error in refused.value.answer.errors]


def test_prices_are_the_same(federated):
    prices = []
    for served, query in ((schema, QUERY), (federated, RENAMED)):
        prepared = Engine(served, limits_of(LAX)).prepare(Operation(query, {"given": GIVEN}, None, {}), "tests")
        prices.append(prepared.document.price(served._schema, prepared.node, {"given": GIVEN}))
    assert prices[0] == prices[1] > 0


async def test_the_subgraph_says_the_form(shop, federated):
    payload, _ = await answered(federated, shop, "{ _service { sdl } }")
    text = payload["data"]["_service"]["sdl"]
    assert text == federated.as_str()
    assert 'type MeshPolicy implements MeshNode @key(fields: "id") {' in text
    assert "type Viewer" not in text
    assert "type MeshViewer" not in text
    assert "  viewer: " not in text


def test_nothing_but_the_prefix_and_what_is_left_out_changes():
    assert make_schema(Form("", (), ())).as_str() == schema.as_str()
    prefixed = make_schema(Form("Mesh", ("Domain",))).as_str()
    plain = sorted(schema.as_str().split())
    assert sorted(prefixed.replace("Mesh", "").split()) == sorted(" ".join(plain).replace("Mesh", "").split())


def test_a_root_field_that_is_not_there_cannot_be_left_out():
    with pytest.raises(UnknownField, match=r"there is no root field 'Mutation\.viewer'"):
        make_schema(Form("Mesh", (), ("Mutation.viewer",)))
