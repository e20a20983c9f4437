"""Compliance as clients ask for it."""

from resolvers.model import clock
from tests.counting_store import CountingStore
from tests.graphql_execution import ask, ask_wrongly
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract

REPORT = """
query($scope: ComplianceScopeInput, $asOf: DateTime, $first: Int, $after: String) {
  complianceReport(scope: $scope, asOf: $asOf) {
    overallCompliance checkedProducts
    violations(first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { policy { name scope { kind } } product { urn } message path enforcement waivedBy { id } evidence }
    }
    warnings { totalCount nodes { product { name } policy { name } } }
    byDomain { domain { name } overallCompliance checkedProducts compliantProducts violations warnings waived }
    byPolicy { policy { name } overallCompliance checkedProducts compliantProducts violations warnings waived }
  }
}
"""


async def test_a_report_tells_all_of_it(store):
    await a_domain(store)
    orders = await a_product(store, "orders", contract=contract(retention=None))
    await a_policy(store, "retention_policy_required", "MANDATORY")
    await a_policy(store, "data_classification_required", "ADVISORY", domain="sales")
    data = await ask(store, REPORT)
    assert data["complianceReport"] == {
        "overallCompliance": False,
        "checkedProducts": 1,
        "violations": {
            "totalCount": 1,
            "pageInfo": {
                "hasNextPage": False,
                "endCursor": data["complianceReport"]["violations"]["pageInfo"]["endCursor"],
            },
            "nodes": [
                {
                    "policy": {"name": "retention_policy_required", "scope": {"kind": "MESH"}},
                    "product": {"urn": "urn:mesh:sales:orders"},
                    "message": "Contract 1.0.0 states no retention.",
                    "path": [orders.id],
                    "enforcement": "MANDATORY",
                    "waivedBy": None,
                    "evidence": {"missing": "contract.retention"},
                }
            ],
        },
        "warnings": {"totalCount": 0, "nodes": []},
        "byDomain": [
            {
                "domain": {"name": "sales"},
                "overallCompliance": False,
                "checkedProducts": 1,
                "compliantProducts": 0,
                "violations": 1,
                "warnings": 0,
                "waived": 0,
            }
        ],
        "byPolicy": [
            {
                "policy": {"name": "data_classification_required"},
                "overallCompliance": True,
                "checkedProducts": 1,
                "compliantProducts": 1,
                "violations": 0,
                "warnings": 0,
                "waived": 0,
            },
            {
                "policy": {"name": "retention_policy_required"},
                "overallCompliance": False,
                "checkedProducts": 1,
                "compliantProducts": 0,
                "violations": 1,
                "warnings": 0,
                "waived": 0,
            },
        ],
    }


async def test_whatever_is_asked_of_an_offender_is_read_in_each_kind_of_report(store):
    await a_domain(store)
    contracted = contract(retention=None)
    orders = await a_product(store, "orders", contract=contracted, description="All.", tags=["a"], metadata={"k": 1})
    await a_policy(store, "retention_policy_required", "ADVISORY")
    query = """query($scope: ComplianceScopeInput) {
      whole: complianceReport { ...report }
      part: complianceReport(scope: $scope) { ...report }
      dataProduct(urn: "urn:mesh:sales:orders") { compliance { ...report } }
      domain(name: "sales") { compliance { ...report } }
    }
    fragment report on ComplianceReport { warnings { nodes { product {
      id name description tags metadata revision createdAt contract { version format } domain { name }
      compliance { checkedProducts }
    } } } }"""
    data = await ask(store, query, scope={"products": [orders.id]})
    reports = [data["whole"], data["part"], data["dataProduct"]["compliance"], data["domain"]["compliance"]]
    assert [report["warnings"]["nodes"] for report in reports] == 4 * [
        [
            {
                "product": {
                    "id": orders.id,
                    "name": "orders",
                    "description": "All.",
                    "tags": ["a"],
                    "metadata": {"k": 1},
                    "revision": 1,
                    "createdAt": orders.created_at,
                    "contract": {"version": "1.0.0", "format": "json"},
                    "domain": {"name": "sales"},
                    "compliance": {"checkedProducts": 1},
                }
            }
        ]
    ]


async def test_violations_come_in_pages_that_never_overlap(store):
    await a_domain(store)
    for name in ("c", "a", "e", "b", "d"):
        await a_product(store, name)
    await a_policy(store, "data_classification_required", "MANDATORY")
    names, after = [], None
    while True:
        page = (await ask(store, REPORT, first=2, after=after))["complianceReport"]["violations"]
        names += [node["product"]["urn"][-1] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert names == ["a", "b", "c", "d", "e"]


async def test_the_compliance_of_a_list_is_read_at_once(store):
    await a_domain(store)
    await a_policy(store, "data_classification_required", "ADVISORY")
    names = ["a", "b", "c", "d"]
    for name in names:
        await a_product(store, name, contract=contract() if name in "ac" else None)
    query = """{
      dataProducts { nodes { name compliance { checkedProducts overallCompliance warnings { nodes { message } } } } }
    }"""
    counting = CountingStore(store)
    nodes = (await ask(counting, query))["dataProducts"]["nodes"]
    assert [(node["name"], len(node["compliance"]["warnings"]["nodes"])) for node in nodes] == [
        ("a", 0),
        ("b", 1),
        ("c", 0),
        ("d", 1),
    ]
    assert {node["compliance"]["checkedProducts"] for node in nodes} == {1}
    assert len(counting.queries) == 3  # the page, the policies, the facts


async def test_the_compliance_of_domains_is_read_at_once(store):
    for name in ("finance", "sales"):
        await a_domain(store, name)
        await a_product(store, "ledger", name)
    await a_domain(store, "void")
    await a_policy(store, "data_classification_required", "MANDATORY", domain="sales")
    counting = CountingStore(store)
    nodes = (await ask(counting, "{ domains { nodes { compliance { overallCompliance checkedProducts } } } }"))[
        "domains"
    ]
    assert [tuple(node["compliance"].values()) for node in nodes["nodes"]] == [(True, 1), (False, 1), (True, 0)]
    assert len(counting.queries) == 3


async def test_a_wrong_scope_is_a_clear_error(store):
    for name in ("nowhere", ""):
        _, errors = await ask_wrongly(store, REPORT, scope={"domain": name})
        assert [(error["message"], error["extensions"]) for error in errors] == [
            (f"There is no domain '{name}'.", {"code": "NOT_FOUND", "field": ["scope", "domain"]})
        ]


async def test_an_unknown_scope_is_told_at_a_past_time_as_now(store):
    await a_domain(store)
    product = await a_product(store)
    now = clock.now()
    late = await a_product(store, "late")
    query = """query($scope: ComplianceScopeInput, $asOf: DateTime) {
      complianceReport(scope: $scope, asOf: $asOf) { checkedProducts } }"""
    unknown = [
        ({"domain": "none"}, "NOT_FOUND"),
        ({"products": ["prd_none"]}, "NOT_FOUND"),
        ({"products": [product.id, "prd_none"]}, "NOT_FOUND"),
        ({"domain": ""}, "NOT_FOUND"),
        ({"products": []}, "INVALID_INPUT"),
    ]
    for as_of in (None, now):
        for scope, code in unknown:
            _, errors = await ask_wrongly(store, query, scope=scope, asOf=as_of)
            assert [error["extensions"]["code"] for error in errors] == [code]
    past = {"products": [product.id, late.id]}  # one of them came later
    assert (await ask(store, query, scope=past, asOf=now))["complianceReport"]["checkedProducts"] == 1
    history = 'query($at: DateTime) { complianceHistory(domain: "none", from: $at) { changes { totalCount } } }'
    _, errors = await ask_wrongly(store, history, at=now)
    assert errors[0]["extensions"]["code"] == "NOT_FOUND"
