"""What each query answers, with exact values."""

import pytest

from resolvers.model.access import ADMINISTRATOR, Caller, Role
from tests.graphql_execution import ask, ask_wrongly
from tests.mesh import AT, Mesh, instant


@pytest.fixture
async def shop(store):
    mesh = Mesh()
    mesh.domain("sales", description="All we sell")
    orders = mesh.product(
        "sales",
        "orders",
        description="Every order",
        tags=["core", "pii"],
        metadata={"tier": 1, "deep": [{"a": None}]},
        access=[{"kind": "API", "uri": "https://api.example.com/orders"}],
    )
    revenue = mesh.product("finance", "revenue", type="AGGREGATE", status="TESTING", owner_team="controlling")
    mesh.contract(orders, "1.0.0", status="SUPERSEDED", valid_to=instant(1))
    mesh.contract(
        orders,
        "1.1.0",
        fields=["order_id", "lines:array", "lines[].sku"],
        classification="CONFIDENTIAL",
        json_schema_json='{"type":"object","properties":{"order_id":{"type":"string"}}}',
        retention_json='{"days":2555}',
        sla_json='[{"metric":"availability","target":0.999,"unit":null,"better":"HIGHER"},'
        '{"metric":"latency_p95","target":500.0,"unit":"ms","better":"LOWER"}]',
        quality_json='[{"dimension":"completeness","threshold":0.95},{"dimension":"timeliness","maxDelay":"PT4H"}]',
        semantic_model_json='{"order":"what a customer buys"}',
    )
    mesh.depends(revenue, orders, fields=["order_id"], contract_version="1.1.0", kind="feeds")
    mesh.depends(revenue, mesh.product("sales", "returns"), valid_to=instant(9))
    await mesh.write(store)
    return store


async def test_every_field_of_a_product(shop):
    answer = await ask(
        shop,
        """{ dataProduct(urn: "urn:mesh:sales:orders") {
          __typename id urn name description ownerTeam type status version tags metadata classification revision
          createdAt updatedAt accessPoints { kind uri } domain { id name description ownerTeam createdAt revision }
          contract { id } contracts { totalCount nodes { version status validTo } }
          dependencies { totalCount nodes { kind } }
          consumers { totalCount nodes { kind origin since fields contractVersion
            consumer { name } provider { name } } }
        } }""",
    )
    assert answer == {
        "dataProduct": {
            "__typename": "DataProduct",
            "id": "prd_sales.orders",
            "urn": "urn:mesh:sales:orders",
            "name": "orders",
            "description": "Every order",
            "ownerTeam": "sales-team",
            "type": "SOURCE",
            "status": "PRODUCTION",
            "version": "1.0.0",
            "tags": ["core", "pii"],
            "metadata": {"tier": 1, "deep": [{"a": None}]},
            "classification": "CONFIDENTIAL",
            "revision": 1,
            "createdAt": AT,
            "updatedAt": AT,
            "accessPoints": [{"kind": "API", "uri": "https://api.example.com/orders"}],
            "domain": {
                "id": "dom_sales",
                "name": "sales",
                "description": "All we sell",
                "ownerTeam": "sales-team",
                "createdAt": AT,
                "revision": 1,
            },
            "contract": {"id": "ctr_sales.orders@1.1.0"},
            "contracts": {
                "totalCount": 2,
                "nodes": [
                    {"version": "1.1.0", "status": "ACTIVE", "validTo": None},
                    {"version": "1.0.0", "status": "SUPERSEDED", "validTo": instant(1)},
                ],
            },
            "dependencies": {"totalCount": 0, "nodes": []},
            "consumers": {
                "totalCount": 1,
                "nodes": [
                    {
                        "kind": "feeds",
                        "origin": "DECLARED",
                        "since": AT,
                        "fields": ["order_id"],
                        "contractVersion": "1.1.0",
                        "consumer": {"name": "revenue"},
                        "provider": {"name": "orders"},
                    }
                ],
            },
        }
    }


async def test_every_field_of_a_contract(shop):
    answer = await ask(
        shop,
        """{ dataContract(id: "ctr_sales.orders@1.1.0") {
          id version status format jsonSchema classification retention { days } semanticModel
          publishedAt validFrom validTo
          sla { metric target unit better } quality { dimension threshold maxDelay } product { name }
          fields { id path name type required nullable description classification }
        } }""",
    )
    fields = answer["dataContract"].pop("fields")
    assert answer["dataContract"] == {
        "id": "ctr_sales.orders@1.1.0",
        "version": "1.1.0",
        "status": "ACTIVE",
        "format": "json",
        "jsonSchema": {"type": "object", "properties": {"order_id": {"type": "string"}}},
        "classification": "CONFIDENTIAL",
        "retention": {"days": 2555},
        "semanticModel": {"order": "what a customer buys"},
        "publishedAt": instant(1),
        "validFrom": instant(1),
        "validTo": None,
        "sla": [
            {"metric": "availability", "target": 0.999, "unit": None, "better": "HIGHER"},
            {"metric": "latency_p95", "target": 500.0, "unit": "ms", "better": "LOWER"},
        ],
        "quality": [
            {"dimension": "completeness", "threshold": 0.95, "maxDelay": None},
            {"dimension": "timeliness", "threshold": None, "maxDelay": "PT4H"},
        ],
        "product": {"name": "orders"},
    }
    assert [field["path"] for field in fields] == ["order_id", "lines", "lines[].sku"]
    assert fields[2] == {
        "id": "fld_ctr_sales.orders@1.1.0/lines[].sku",
        "path": "lines[].sku",
        "name": "sku",
        "type": "string",
        "required": False,
        "nullable": False,
        "description": None,
        "classification": None,
    }


async def test_a_contract_that_promises_nothing_has_nulls_and_empty_lists(shop):
    answer = await ask(
        shop,
        """{ dataContract(id: "ctr_sales.orders@1.0.0") {
          retention { days } semanticModel sla { metric } quality { dimension } fields { path } } }""",
    )
    assert answer["dataContract"] == {
        "retention": None, "semanticModel": None, "sla": [], "quality": [], "fields": [],
    }  # fmt: skip


async def test_what_is_not_there_is_null(shop):
    answer = await ask(
        shop,
        """{ a: dataProduct(id: "prd_none") { id } b: dataProduct(urn: "urn:mesh:no:no") { id }
          c: domain(name: "no") { id } d: dataContract(id: "ctr_none") { id }
          e: node(id: "prd_none") { id } f: node(id: "no such prefix") { id }
          g: node(id: "") { id } h: node(id: "fld_x") { id }
          returns: dataProduct(id: "prd_sales.returns") { contract { id } } }""",
    )
    assert answer == {**dict.fromkeys("abcdefgh"), "returns": {"contract": None}}


@pytest.mark.parametrize("arguments", ["", '(id: "prd_sales.orders", urn: "urn:mesh:sales:orders")', "(id: null)"])
async def test_a_product_is_asked_for_by_one_of_id_and_urn(store, arguments):
    data, errors = await ask_wrongly(store, "{ dataProduct%s { id } }" % arguments)  # noqa: UP031
    assert data == {"dataProduct": None}
    assert errors == [
        {
            "message": "Give exactly one of `id` and `urn`.",
            "path": ["dataProduct"],
            "extensions": {"code": "INVALID_INPUT", "field": ["id"]},
        }
    ]


async def test_any_node_is_found_by_its_id(shop):
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on DataProduct { name } ... on Domain { name } } }"
    assert await ask(shop, query, id="prd_sales.orders") == {
        "node": {"__typename": "DataProduct", "id": "prd_sales.orders", "name": "orders"}
    }
    assert await ask(shop, query, id="dom_sales") == {
        "node": {"__typename": "Domain", "id": "dom_sales", "name": "sales"}
    }
    assert (await ask(shop, query, id="ctr_sales.orders@1.0.0"))["node"]["__typename"] == "DataContract"


async def test_domains_and_their_products(shop):
    answer = await ask(
        shop,
        """{ domains(first: 1) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          edges { cursor node { name dataProducts { totalCount nodes { name } } } } } }""",
    )
    (edge,) = answer["domains"]["edges"]
    assert answer["domains"]["totalCount"] == 2
    assert answer["domains"]["pageInfo"] == {
        "hasNextPage": True, "hasPreviousPage": False, "startCursor": edge["cursor"], "endCursor": edge["cursor"],
    }  # fmt: skip
    assert edge["node"] == {"name": "finance", "dataProducts": {"totalCount": 1, "nodes": [{"name": "revenue"}]}}
    rest = await ask(
        shop,
        """query ($after: String) { domains(after: $after) { pageInfo { hasNextPage hasPreviousPage } nodes { name
          dataProducts(filter: {tags: ["core"]}, first: 1) { totalCount nodes { name } facets { tag { value count } } }
          none: dataProducts(filter: {domain: ["finance"]}) { totalCount nodes { name } } } } }""",
        after=edge["cursor"],
    )
    assert rest["domains"] == {
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
        "nodes": [
            {
                "name": "sales",
                "dataProducts": {
                    "totalCount": 1,
                    "nodes": [{"name": "orders"}],
                    "facets": {"tag": [{"value": "core", "count": 1}, {"value": "pii", "count": 1}]},
                },
                "none": {"totalCount": 0, "nodes": []},
            }
        ],
    }


async def test_products_of_domains_with_a_filter_and_without(shop):
    """Of each their cards alone, and more than those have."""
    lists = """{ totalCount nodes { name type } facets { type { value count } } }"""
    answer = await ask(
        shop,
        """{ domains { nodes { all: dataProducts LISTS first: dataProducts(first: 1) { nodes { name tags } }
          some: dataProducts(filter: {type: [AGGREGATE]}) LISTS
          whole: dataProducts(filter: {compliant: true}) { totalCount nodes { name tags } } } } }""".replace(
            "LISTS", lists
        ),
    )
    finance, sales = answer["domains"]["nodes"]
    one = {
        "totalCount": 1,
        "nodes": [{"name": "revenue", "type": "AGGREGATE"}],
        "facets": {"type": [{"value": "AGGREGATE", "count": 1}]},
    }
    assert finance == {
        "all": one,
        "first": {"nodes": [{"name": "revenue", "tags": []}]},
        "some": one,
        "whole": {"totalCount": 1, "nodes": [{"name": "revenue", "tags": []}]},
    }
    assert sales == {
        "all": {
            "totalCount": 2,
            "nodes": [{"name": "orders", "type": "SOURCE"}, {"name": "returns", "type": "SOURCE"}],
            "facets": {"type": [{"value": "SOURCE", "count": 2}]},
        },
        "first": {"nodes": [{"name": "orders", "tags": ["core", "pii"]}]},
        "some": {"totalCount": 0, "nodes": [], "facets": {"type": []}},
        "whole": {
            "totalCount": 2,
            "nodes": [{"name": "orders", "tags": ["core", "pii"]}, {"name": "returns", "tags": []}],
        },
    }


async def test_pages_below_a_list_go_on_by_their_own_cursors(store):
    mesh = Mesh()
    hub = mesh.product("ops", "hub")
    for number in range(5):
        mesh.depends(mesh.product("sales", f"p{number}"), hub)
        mesh.event("dataProductUpdate", "DATA_PRODUCT", hub.id)
        mesh.contract(hub, f"1.{number}.0", status="DRAFT")
    await mesh.write(store)
    query = """query ($consumers: String, $events: String, $contracts: String, $products: String) {
      dataProduct(id: "prd_ops.hub") {
        consumers(first: 2, after: $consumers) { nodes { consumer { name } } pageInfo { endCursor hasNextPage } }
        auditEvents(first: 2, after: $events) { totalCount nodes { seq } pageInfo { endCursor hasNextPage } }
        contracts(first: 2, after: $contracts) { nodes { version } pageInfo { endCursor hasNextPage } } }
      domain(name: "sales") {
        dataProducts(first: 2, after: $products) { nodes { name } pageInfo { endCursor hasNextPage } } }
    }"""
    seen: dict[str, list] = {"consumers": [], "events": [], "contracts": [], "products": []}
    after: dict[str, str | None] = {}
    for turn in range(3):
        answer = await ask(store, query, **after)
        product = answer["dataProduct"]
        lists = {
            "consumers": product["consumers"],
            "events": product["auditEvents"],
            "contracts": product["contracts"],
            "products": answer["domain"]["dataProducts"],
        }
        assert {page["pageInfo"]["hasNextPage"] for page in lists.values()} == {turn < 2}
        after = {name: page["pageInfo"]["endCursor"] for name, page in lists.items()}
        for name, page in lists.items():
            seen[name] += page["nodes"]
    assert seen == {
        "consumers": [{"consumer": {"name": f"p{n}"}} for n in range(5)],
        "events": [{"seq": n} for n in (5, 4, 3, 2, 1)],
        "contracts": [{"version": f"1.{n}.0"} for n in (4, 3, 2, 1, 0)],
        "products": [{"name": f"p{n}"} for n in range(5)],
    }


async def test_discovery_over_graphql(shop):
    query = """query ($search: String, $filter: DataProductFilter, $by: DataProductOrder) {
      dataProducts(search: $search, filter: $filter, orderBy: $by) { totalCount nodes { name }
        facets { domain { value count } type { value count } status { value count } tag(first: 1) { value count }
          classification { value count } } } }"""
    everything = await ask(shop, query, by={"field": "NAME", "direction": "DESC"})
    assert everything["dataProducts"] == {
        "totalCount": 3,
        "nodes": [{"name": "revenue"}, {"name": "returns"}, {"name": "orders"}],
        "facets": {
            "domain": [{"value": "sales", "count": 2}, {"value": "finance", "count": 1}],
            "type": [{"value": "SOURCE", "count": 2}, {"value": "AGGREGATE", "count": 1}],
            "status": [{"value": "PRODUCTION", "count": 2}, {"value": "TESTING", "count": 1}],
            "tag": [{"value": "core", "count": 1}],
            "classification": [{"value": "CONFIDENTIAL", "count": 1}],
        },
    }
    narrowed = await ask(
        shop, query, search="ordr", filter={"classification": ["CONFIDENTIAL"], "tags": ["pii", "core"]}
    )
    assert narrowed["dataProducts"]["nodes"] == [{"name": "orders"}]
    owned = await ask(shop, query, filter={"ownerTeam": ["controlling"], "type": ["AGGREGATE", "SOURCE"], "domain": []})
    assert owned["dataProducts"]["nodes"] == [{"name": "revenue"}]


async def test_a_cursor_does_not_depend_on_the_order_a_filter_is_written_in(shop):
    query = """query ($domain: [String!], $after: String) {
      dataProducts(filter: {domain: $domain}, first: 1, after: $after) { nodes { name } pageInfo { endCursor } } }"""
    first = await ask(shop, query, domain=["sales", "finance"])
    after = first["dataProducts"]["pageInfo"]["endCursor"]
    assert (await ask(shop, query, domain=["finance", "sales", "sales"], after=after))["dataProducts"]["nodes"] == [
        {"name": "orders"}
    ]


@pytest.mark.parametrize(
    ("query", "message", "field"),
    [
        ("{ dataProducts(first: 1001) { totalCount } }", "`first` is 1001", ["first"]),
        ("{ domains(first: 0) { totalCount } }", "`first` is 0", ["first"]),
        ('{ dataProducts(after: "x") { nodes { id } } }', "not a cursor of this list", ["after"]),
        ('{ auditEvents(after: "x") { nodes { id } } }', "not a cursor of this list", ["after"]),
        ("{ dataProducts(orderBy: {field: RELEVANCE}) { totalCount } }", "needs `search`", ["orderBy", "field"]),
    ],
)
async def test_bad_arguments_are_told_with_their_path(store, query, message, field):
    data, (error,) = await ask_wrongly(store, query)
    assert data == {query.split("(")[0].strip("{ "): None}
    assert message in error["message"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "field": field}


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("2026-01-01T00:02:00Z", 3),
        ("2026-01-01T01:02:00+01:00", 3),
        ("2026-01-01T00:02:00.000001Z", 2),
        ("20260101T000200Z", 3),
    ],
)
async def test_instants_are_understood_in_any_zone(store, text, reads):
    mesh = Mesh()
    for _ in range(4):
        mesh.event("x", "DOMAIN", "dom_a")
    await mesh.write(store)
    query = "query ($since: DateTime) { auditEvents(filter: {since: $since}) { totalCount } }"
    assert await ask(store, query, since=text) == {"auditEvents": {"totalCount": reads}}


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "yesterday", "", 5, ["x"]])
async def test_what_is_no_instant_is_refused(store, text):
    query = "query ($since: DateTime) { auditEvents(filter: {since: $since}) { totalCount } }"
    data, (error,) = await ask_wrongly(store, query, since=text)
    assert data is None
    assert "is not a valid time: give ISO 8601 with a time zone" in error["message"]


async def test_the_log_is_filtered_and_newest_first(store):
    mesh = Mesh()
    mesh.event(
        "domainRegister", "DOMAIN", "dom_a", "a", actor="ada", after_json='{"name":"a"}', judged_json='[{"x":1}]'
    )
    mesh.event("dataProductCreate", "DATA_PRODUCT", "prd_a", "a", actor="bob", before_json='{"b":1}', after_json=None)
    mesh.event("dataProductCreate", "DATA_PRODUCT", "prd_b", "b", actor="ada")
    await mesh.write(store)
    query = "query ($filter: AuditFilter) { auditEvents(filter: $filter) { totalCount nodes { seq } } }"

    async def seqs(**given) -> list[int]:
        page = (await ask(store, query, filter=given))["auditEvents"]
        assert page["totalCount"] == len(page["nodes"])
        return [event["seq"] for event in page["nodes"]]

    assert await seqs() == [3, 2, 1]
    assert await seqs(actor="ada") == [3, 1]
    assert await seqs(domain="a") == [2, 1]
    assert await seqs(domain="a", actor="bob") == [2]
    assert await seqs(subjectId="prd_b") == [3]
    assert await seqs(subjectKind="DATA_PRODUCT", action="dataProductCreate") == [3, 2]
    assert await seqs(since=instant(2), until=instant(3)) == [2]
    whole = await ask(
        store,
        """{ auditEvents(first: 2) { nodes { id at actor action subjectKind subjectId domain before after judged hash
          previousHash } } node(id: "evt_1") { ... on AuditEvent { after judged } } }""",
    )
    assert whole["auditEvents"]["nodes"][1] == {
        "id": "evt_2",
        "at": instant(2),
        "actor": "bob",
        "action": "dataProductCreate",
        "subjectKind": "DATA_PRODUCT",
        "subjectId": "prd_a",
        "domain": "a",
        "before": {"b": 1},
        "after": None,
        "judged": [],
        "hash": "hash-2",
        "previousHash": "hash-1",
    }
    assert whole["node"] == {"after": {"name": "a"}, "judged": [{"x": 1}]}


async def test_policies_by_scope_and_in_every_form(store):
    mesh = Mesh()
    orders = mesh.product("sales", "orders")
    mesh.policy("classified", parameters_json='{"a":1}', enforcement="MANDATORY", description="Why")
    mesh.policy("owned", domain="sales", rule_kind="EXPRESSION", rule_name=None, rule_text="size(product.tags) > 0")
    mesh.policy("drawn", product=orders, rule_kind="GRAPH_PATTERN", rule_name=None, rule_text="MATCH (n) RETURN n")
    mesh.policy("gone", retired_at=instant(1))
    mesh.policy("elsewhere", domain="ops")
    mesh.domain("ops")
    await mesh.write(store)
    answer = await ask(
        store,
        """{ policies { totalCount nodes { name scope { kind domain { name } product { name } }
          rule { kind builtin { name parameters } expression graphPattern } } }
          all: policies(includeRetired: true) { totalCount } mesh: policies(scope: {mesh: true}) { nodes { name } }
          sales: policies(scope: {domain: "sales"}) { nodes { name } }
          orders: policies(scope: {product: "prd_sales.orders"}) { nodes { name } }
          domain(name: "sales") { policies { name } }
          node(id: "pol_1") { ... on Policy {
            name enforcement description version paused since effectiveFrom retiredAt } } }""",
    )
    nothing = {"builtin": None, "expression": None, "graphPattern": None}
    assert answer["policies"] == {
        "totalCount": 4,
        "nodes": [
            {
                "name": "classified",
                "scope": {"kind": "MESH", "domain": None, "product": None},
                "rule": {**nothing, "kind": "BUILTIN", "builtin": {"name": "classified", "parameters": {"a": 1}}},
            },
            {
                "name": "drawn",
                "scope": {"kind": "PRODUCT", "domain": None, "product": {"name": "orders"}},
                "rule": {**nothing, "kind": "GRAPH_PATTERN", "graphPattern": "MATCH (n) RETURN n"},
            },
            {
                "name": "elsewhere",
                "scope": {"kind": "DOMAIN", "domain": {"name": "ops"}, "product": None},
                "rule": {**nothing, "kind": "BUILTIN", "builtin": {"name": "elsewhere", "parameters": {}}},
            },
            {
                "name": "owned",
                "scope": {"kind": "DOMAIN", "domain": {"name": "sales"}, "product": None},
                "rule": {**nothing, "kind": "EXPRESSION", "expression": "size(product.tags) > 0"},
            },
        ],
    }
    assert answer["all"] == {"totalCount": 5}
    assert answer["mesh"] == {"nodes": [{"name": "classified"}]}
    assert answer["sales"] == {"nodes": [{"name": "owned"}]}
    assert answer["orders"] == {"nodes": [{"name": "drawn"}]}
    assert answer["domain"] == {"policies": [{"name": "classified"}, {"name": "owned"}]}
    assert answer["node"] == {
        "name": "classified",
        "enforcement": "MANDATORY",
        "description": "Why",
        "version": 1,
        "paused": False,
        "since": AT,
        "effectiveFrom": AT,
        "retiredAt": None,
    }


async def test_the_viewer_knows_what_it_may(store):
    query = """{ viewer { name anonymous roles domains write: may(action: WRITE_PRODUCT, domain: "sales")
      other: may(action: WRITE_PRODUCT, domain: "ops") rule: may(action: DEFINE_MESH_POLICY) } }"""
    sam = Caller("sam", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"sales", "hr"}))
    assert await ask(store, query, caller=sam) == {
        "viewer": {
            "name": "sam",
            "anonymous": False,
            "roles": ["DOMAIN_OWNER", "READER"],
            "domains": ["hr", "sales"],
            "write": True,
            "other": False,
            "rule": False,
        }
    }
    everything = (await ask(store, query, caller=ADMINISTRATOR))["viewer"]
    assert (everything["write"], everything["other"], everything["rule"]) == (True, True, True)
    nobody = (await ask(store, query))["viewer"]
    assert (nobody["anonymous"], nobody["write"], nobody["other"], nobody["rule"]) == (True, False, False, False)


async def test_long_fields_are_read_through_fragments_and_variables(shop):
    query = """query ($with: Boolean!) { dataProducts(search: "orders") { nodes { ...Text } } }
      fragment Text on DataProduct { name ... @include(if: $with) { ...Long } }
      fragment Long on DataProduct { description metadata }"""
    assert (await ask(shop, query, **{"with": True}))["dataProducts"]["nodes"] == [
        {"name": "orders", "description": "Every order", "metadata": {"tier": 1, "deep": [{"a": None}]}}
    ]
    assert (await ask(shop, query, **{"with": False}))["dataProducts"]["nodes"] == [{"name": "orders"}]
