"""Policies written as Cypher: proven to read only before they are stored, and bounded when they run."""

import asyncio

import pytest

from resolvers.governance.engine import pattern
from resolvers.governance.engine.pattern import of_selected_products, wrapped
from resolvers.governance.report import by_policy, report_on
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import StoreError
from resolvers.model.portions import at_once
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.policy_define import define_policy
from resolvers.mutations.policy_retire import retire_policy
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.policies import a_policy, policy_input, told
from tests.writes import READER, SALES_OWNER, a_domain, a_product, done, faults

ONE_GOLDEN = """
MATCH (p:DataProduct), (q:DataProduct {domain: p.domain})
WHERE p <> q AND 'golden' IN p.tags AND 'golden' IN q.tags
RETURN p.id AS productId, 'shares its gold with ' + q.name AS message, [q.id] AS path // one a domain
"""
GOLD = {"tags": ["golden"]}


def matching(text, **given):
    return {"name": "ours", "rule": {"graph_pattern": text}, **given}


async def test_a_pattern_refuses_what_completes_it(store):
    await a_domain(store)
    a, b = await a_product(store, "a"), await a_product(store, "b")
    policy = await a_policy(store, "", **matching(ONE_GOLDEN))
    assert (policy.rule_kind, policy.rule_text) == ("GRAPH_PATTERN", ONE_GOLDEN.strip())
    done(await update_product(store, ADMINISTRATOR, a.id, GOLD))
    before = await checksum(store)
    refused = await update_product(store, ADMINISTRATOR, b.id, GOLD)
    assert sorted((one.product_id, one.message, one.path) for one in refused.violations) == sorted(
        [(a.id, "shares its gold with b", (a.id, b.id)), (b.id, "shares its gold with a", (b.id, a.id))]
    )
    assert await checksum(store) == before


async def test_reports_tell_its_offenders_and_that_it_has_no_past(store):
    await a_domain(store)
    for name in "ab":
        await a_product(store, name, tags=["golden"])
    policy = await a_policy(store, "", **matching(ONE_GOLDEN))
    report = await report_on(store)
    assert [one.message for one in report.violations] == ["shares its gold with b", "shares its gold with a"]
    assert [tuple(tally)[2:] for tally in at_once(by_policy(report))] == [(2, 0, 2, 0, 0, None)]
    past = at_once(by_policy(await report_on(store, as_of=policy.since)))
    assert [(tally.checked_products, tally.not_checked) for tally in past] == [
        (0, "A graph pattern looks at the graph as it is; no past can be asked.")
    ]


async def test_a_dry_run_tells_its_offenders(store):
    await a_domain(store)
    for name in "ab":
        await a_product(store, name, tags=["golden"])
    given = policy_input("", "ADVISORY", **matching(ONE_GOLDEN, domain="sales"))
    outcome = await define_policy(store, ADMINISTRATOR, given, WriteOptions(dry_run=True))
    assert told(outcome)["warnings"] == [("ours", "shares its gold with b"), ("ours", "shares its gold with a")]


async def test_nobody_is_refused_for_the_offence_of_others(store):
    await a_domain(store)
    a, b, c = [await a_product(store, name, tags=["golden"] if name != "c" else []) for name in "abc"]
    await a_policy(store, "", **matching(ONE_GOLDEN))
    done(await update_product(store, ADMINISTRATOR, c.id, {"tags": ["plain"]}))
    done(await declare_dependency(store, ADMINISTRATOR, c.id, a.id))
    assert told(await update_product(store, ADMINISTRATOR, b.id, {"version": "2.0.0"}))["violations"] != []


WRITES = "A graph pattern only reads; this one would write."
HOSTILE = [
    ("MATCH (p:DataProduct) SET p.status = 'X' RETURN p.id AS productId", WRITES),
    ("MATCH (p:DataProduct) DETACH DELETE p RETURN 'x' AS productId", WRITES),
    ("CREATE (n:X) RETURN 'x' AS productId", WRITES),
    ("MERGE (n:X) RETURN 'x' AS productId", WRITES),
    ("CALL () { CREATE (n:X) RETURN n } RETURN 'x' AS productId", WRITES),
    ("MATCH (p) FOREACH (x IN [1] | SET p.y = 1) RETURN 'x' AS productId", WRITES),
    ("CALL db.labels() YIELD label RETURN label AS productId", "not db"),
    ("CALL dbms.listConfig() YIELD name RETURN name AS productId", ""),
    ("LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row[0] AS productId", ""),
    ("LOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row[0] AS productId", ""),
    ("SHOW USERS YIELD user RETURN user AS productId", ""),
    ("USE system MATCH (n) RETURN n.id AS productId", "leave USE out"),
    ("RETURN apoc.util.sleep(1000) AS productId", "not apoc"),
    ("RETURN 'x' AS productId } CALL () { CREATE (n:X) RETURN 'x' AS message", ""),
    ("RETURN 'x' AS productId } WITH 1 AS a MATCH (n) DETACH DELETE n //", ""),
    ("RETURN 'x\\u0027 AS productId", "without \\u escapes"),
    ("DROP CONSTRAINT product_id", ""),
    ("CREATE INDEX x FOR (n:X) ON (n.y)", ""),
    ("MATCH (p:DataProduct) RETURN p.id AS id", "returns productId"),
    ("MATCH (p:DataProduct) RETURN p.id AS productId, p.name AS secret", "this returns productId, secret"),
    ("MATCH (p:DataProduct", ""),
    ("MATCH (p:DataProduct) WHERE p.id = $other RETURN p.id AS productId", "not $other"),
    ("PROFILE MATCH (p) RETURN p.id AS productId", ""),
    ("; MATCH (n) DETACH DELETE n", ""),
    ("CALL nothing() YIELD x RETURN x AS productId", ""),
    ("UNWIND [0] AS x RETURN 1 / x AS productId", "by zero"),
    # A comment of Cypher ends at a carriage return too.
    ("RETURN // one\r apoc.util.sleep(1) AS productId", "not apoc"),
    ("MATCH (p:DataProduct) // one\r WHERE p.id = $other\r RETURN p.id AS productId", "not $other"),
    ("RETURN // one\r `x` AS productId", "backticks"),
    # Whitespace, dashes and arrowheads of Cypher that are not ASCII.
    ("RETURN apoc\u180e.util.sleep(1) AS productId", "U+180E"),
    ("RETURN apoc\u2028.util.sleep(1) AS productId", "U+2028"),
    ("MATCH (p:DataProduct)\u2014\u2014(q) RETURN p.id AS productId", "U+2014"),
    ("MATCH (p:DataProduct)-[:DEPENDS_ON]-\uff1e(q) RETURN p.id AS productId", "U+FF1E"),
    ("MATCH (w:$('Web' + 'hook')) RETURN w.id AS productId", "`$(` computes one"),
    ("MATCH (p:DataProduct)-[:$ ('FOR')]->(q) RETURN p.id AS productId", "`$(` computes one"),
    ("MATCH (p:DataProduct)-[:$any(['FOR'])]->(q) RETURN p.id AS productId", "not $any"),
]


@pytest.mark.parametrize(("text", "why"), HOSTILE)
async def test_what_does_more_than_read_the_mesh_is_never_stored(store, text, why):
    await a_domain(store)
    before = await checksum(store)
    outcome = await define_policy(store, ADMINISTRATOR, policy_input("", **matching(text)))
    assert faults(outcome) == [("INVALID_INPUT", ("input", "rule", "graphPattern"))]
    assert why in outcome.user_errors[0].message
    assert await checksum(store) == before


@pytest.mark.parametrize(("caller", "domain"), [(READER, None), (SALES_OWNER, None), (SALES_OWNER, "sales")])
async def test_only_governance_defines_one(store, caller, domain):
    await a_domain(store)
    outcome = await define_policy(store, caller, policy_input("", **matching(ONE_GOLDEN, domain=domain)))
    assert [fault.code for fault in outcome.user_errors] == ["FORBIDDEN"]


ENDLESS = """
UNWIND range(1, 200000) AS x UNWIND range(1, 200000) AS y WITH count(x + y) AS n RETURN toString(n) AS productId
"""


async def test_one_that_takes_too_long_is_not_stored(store, monkeypatch):
    monkeypatch.setattr(pattern, "SECONDS", 0.5)
    outcome = await define_policy(store, ADMINISTRATOR, policy_input("", **matching(ENDLESS)))
    assert [fault.message for fault in outcome.user_errors] == [
        "This takes more than 0.5 s over the mesh: make it look at less."
    ]


async def test_one_that_came_to_take_too_long_is_stopped_and_lets_nothing_through(store, monkeypatch, cypher):
    await a_domain(store)
    product = await a_product(store)
    policy = await a_policy(store, "", **matching(ONE_GOLDEN))
    await cypher("MATCH (y:Policy) SET y.ruleText = $text", text=ENDLESS)
    await cypher("MATCH (y:Policy) SET y.parametersJson = $text", text='{"columns":["productId"]}')
    monkeypatch.setattr(pattern, "SECONDS", 0.5)
    before = await checksum(store)
    with pytest.raises(StoreError, match="Policy 'ours' did not find its offenders"):
        await asyncio.wait_for(update_product(store, ADMINISTRATOR, product.id, GOLD), 30)
    assert await checksum(store) == before
    with pytest.raises(StoreError, match="did not find its offenders"):
        await report_on(store)
    done(await retire_policy(store, ADMINISTRATOR, policy.id))
    done(await update_product(store, ADMINISTRATOR, product.id, GOLD))


async def test_one_that_came_to_fail_lets_nothing_through(store, cypher):
    await a_domain(store)
    product = await a_product(store)
    await a_policy(store, "", **matching("MATCH (p:DataProduct) WHERE 1 / p.level > 5 RETURN p.id AS productId"))
    await cypher("MATCH (p:DataProduct) SET p.level = 0")
    before = await checksum(store)
    with pytest.raises(StoreError, match="Policy 'ours' failed"):
        await update_product(store, ADMINISTRATOR, product.id, GOLD)
    assert await checksum(store) == before


async def test_strings_and_comments_may_say_what_they_like(store):
    text = "MATCH (p:DataProduct) WHERE p.name IN ['use apoc.x('] /* CALL db.labels() */ RETURN p.id AS productId;"
    assert (await a_policy(store, "", **matching(text))).rule_text == text


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("WHERE $products IS NULL OR p.id IN $products", "WHERE false OR p.id IN $products"),
        ("WHERE $ products is  not null AND x", "WHERE true AND x"),
        ("RETURN '$products IS NULL' AS message // $products IS NULL", None),
        ('RETURN "$products IS NULL" /* $products\nIS NULL */', None),
        ("RETURN '\\'$products IS NULL'", None),
        ("WHERE $productsIS NULL", None),
        ("WHERE p.names + $products IS NULL", None),
        ("WHERE ($products IS NULL) OR x", "WHERE (false) OR x"),
    ],
)
def test_a_write_leaves_out_the_question_whether_products_are_given(text, given):
    assert of_selected_products(text) == (given or text)


async def test_a_write_does_not_look_at_all_products(store):
    text = "MATCH (p:DataProduct) WHERE $products IS NULL OR p.id IN $products RETURN p.id AS productId"
    in_writes = await store.explain(wrapped(of_selected_products(text), ["productId"]), products=["prd_1"])
    assert "NodeByLabelScan" not in in_writes.operators
    assert in_writes.operators & {"NodeUniqueIndexSeek", "NodeIndexSeek"}


FOREIGN = [
    "MATCH (p:DataProduct) RETURN p.id AS productId, COLLECT { MATCH (w:Webhook) RETURN w.url } AS path",
    "MATCH (p:DataProduct) RETURN p.id AS productId, "
    "COLLECT { MATCH (w:DataProduct|Webhook) RETURN w.url }[0] AS message",
    "MATCH (p:DataProduct) RETURN p.id AS productId, COLLECT { MATCH (p)--(w) RETURN w.url } AS path",
    "MATCH (w:Webhook) RETURN w.id AS productId, w.url AS message",
    "MATCH (w) WHERE w.url IS NOT NULL RETURN w.id AS productId",
    "MATCH (w:!DataProduct) RETURN w.id AS productId",
    "MATCH (w:DataProduct|IdempotencyKey) RETURN w.id AS productId",
    "MATCH (w) WHERE elementId(w) = '4:x:1' RETURN w.id AS productId",
    "MATCH (w:$('Web' + 'hook')) RETURN w.id AS productId",
    "MATCH (p:DataProduct) MATCH (q) WHERE q.id = p.id RETURN p.id AS productId",
    "MATCH (p:DataProduct)--(q) RETURN p.id AS productId",
    "MATCH (p:DataProduct)-[r]->(q) RETURN p.id AS productId",
    "MATCH (p:DataProduct)-[*1..2]->(q) RETURN p.id AS productId",
    "MATCH (p:DataProduct)-[:OWNS]->(q) RETURN p.id AS productId",
    "MATCH ()-[r]->() RETURN 'x' AS productId",
    "MATCH (p:DataProduct) RETURN p.id AS productId, [(p)--(w) | w.url][0] AS message",
    "MATCH (p:DataProduct) RETURN p.id AS productId, [(w:Webhook)-->(x) | w.url][0] AS message",
    "MATCH (p:DataProduct) RETURN p.id AS productId, COLLECT { MATCH (w) RETURN w.url }[0] AS message",
    "MATCH (p:DataProduct) RETURN p.id AS productId, COLLECT { MATCH (w:AuditEvent) RETURN w.actor }[0] AS message",
    "MATCH (p:DataProduct) WHERE any(x IN [1] WHERE EXISTS { MATCH (w) WHERE w.n = x }) RETURN p.id AS productId",
    "MATCH (p:DataProduct) WHERE p.x = 1 OR COUNT { (w:Webhook) } > 2 RETURN p.id AS productId",
    "MATCH (p:DataProduct) RETURN p.id AS productId, [(w)-[:DEPENDS_ON*0..1]->(c) | w.secret][0] AS message",
    "MATCH () RETURN toString(count(*)) AS productId",
    "RETURN toString(COUNT { () }) AS productId",
    "RETURN toString(COUNT { (:!Domain) }) AS productId",
    "RETURN toString(COUNT { ()-[:!DEPENDS_ON]->() }) AS productId",
    *(
        f"MATCH (p:DataProduct) RETURN p.id AS productId, head([x IN [1] | COLLECT {{ {subquery} }}[0]]) AS message"
        for subquery in (
            "MATCH (w:!Domain) RETURN w.secret",
            "MATCH (:!DataProduct&!Domain) RETURN 'there is one'",
            "MATCH (w:%) RETURN w.secret",
            "MATCH (w:Domain|%) RETURN w.secret",
            "MATCH (w {active: true}) RETURN w.secret",
            "MATCH (w WHERE w.secret <> '') RETURN w.secret",
            "MATCH (w) WHERE NOT w:Domain RETURN w.secret",
            "MATCH (w) WHERE w:Domain OR w.secret IS NOT NULL RETURN w.secret",
            "MATCH (w) WHERE w:Domain AND w.x = 1 OR w.active RETURN w.secret",
            "MATCH (w) WHERE CASE WHEN w.active THEN w.active AND w:Domain AND w.x ELSE true END RETURN w.secret",
            "MATCH (w) WHERE (w.x AND w.y) = (w.z AND w:Domain) RETURN w.secret",
            "MATCH (w) WHERE w.x = 'a AND w:Domain AND b' RETURN w.secret",
            "MATCH (w) WHERE $products IS NULL AND w.x <> 'a AND w:Domain AND b' RETURN w.secret",
            "MATCH (w) WITH w, w:Domain AS k RETURN w.secret",
            "MATCH (w) RETURN CASE WHEN w:Domain THEN '' ELSE w.secret END",
            "MATCH (w) RETURN {a: w.secret, b: w:Domain}.a",
            "MATCH (d:Domain), (w) RETURN w.secret",
            "MATCH (d:Domain) MATCH (w) RETURN w.secret",
            "MATCH (w)<-[:DEPENDS_ON*0..1]-() RETURN w.secret",
            "MATCH (w)-[:DEPENDS_ON*0..1]->(v) RETURN v.secret",
            "MATCH (w) ((a)-[:DEPENDS_ON]->(b)){0,2} (c) RETURN c.secret",
            "MATCH q = shortestPath((w)-[:DEPENDS_ON*0..]->(c)) RETURN c.secret",
            "MATCH q = SHORTEST 1 (w)-[:DEPENDS_ON]-*(c) RETURN c.secret",
            "RETURN [(w)-[:DEPENDS_ON*0..1]->(c) | w.secret][0]",
            "OPTIONAL MATCH (w) RETURN w.secret",
            "CALL () { MATCH (w) RETURN w.secret AS s } RETURN s",
        )
    ),
]


@pytest.mark.parametrize("text", FOREIGN)
async def test_a_pattern_sees_the_mesh_and_nothing_else(store, text):
    before = await checksum(store)
    refused = await define_policy(store, ADMINISTRATOR, policy_input("", **matching(text)))
    assert faults(refused) == [("INVALID_INPUT", ("input", "rule", "graphPattern"))]
    assert await checksum(store) == before


OF_THE_MESH = [
    "MATCH (p:DataProduct) RETURN p.id AS productId, COLLECT { MATCH (p)-[:DEPENDS_ON]->(q) RETURN q.id } AS path",
    "MATCH (p:DataProduct) RETURN p.id AS productId, "
    "COLLECT { MATCH (p)-[:DEPENDS_ON]->(q:DataProduct) RETURN q.id ORDER BY q.id }[0..3] AS path",
    "MATCH (p:DataProduct) RETURN p.id AS productId, "
    "COLLECT { MATCH (d:Domain) WHERE d.name = p.domain RETURN d.description }[0] AS message",
    "MATCH (p:DataProduct)-[:HAS_CONTRACT]->(c:DataContract)-[:HAS_FIELD]->(f) WHERE f.name = 'x' "
    "RETURN p.id AS productId",
    "MATCH (p:DataProduct) WHERE COUNT { (:Domain) } > 3 RETURN p.id AS productId",
    "MATCH (d:Domain)<-[:IN_DOMAIN]-(p) WHERE d.name = 'x' RETURN p.id AS productId",
    "MATCH (p:DataProduct)-[:DEPENDS_ON|DEPENDED_ON*1..3]->(q) RETURN p.id AS productId, [q.id] AS path",
    "MATCH (p:DataProduct) WHERE COUNT { (p)-[:DEPENDS_ON]->() } > 3 RETURN p.id AS productId",
    "MATCH (p:DataProduct) RETURN p.id AS productId, [(p)-[:DEPENDS_ON]->(q) | q.name][0] AS message",
    "MATCH (p:DataProduct) WHERE NOT EXISTS { (p)-[:HAS_CONTRACT]->() } RETURN p.id AS productId, {a: p.name}.a "
    "AS message",
    "MATCH path = shortestPath((p:DataProduct)-[:DEPENDS_ON*]->(q:DataProduct)) WHERE p <> q RETURN p.id AS productId",
    *(
        f"MATCH (p:DataProduct) RETURN p.id AS productId, head([x IN [1] | COLLECT {{ {subquery} }}[0]]) AS message"
        for subquery in (
            "MATCH (d:Domain|Policy) RETURN d.name",
            "MATCH (d:Domain {name: 'x'}), (y:Policy) WHERE y.version > 1 AND d.name STARTS WITH 'a' RETURN y.name",
            "MATCH (p)-[:DEPENDS_ON*1..3]->(q)-[r:IN_DOMAIN]->(d) WHERE q.x = 1 OR d.y = 2 RETURN d.name",
            "MATCH (p)-[:HAS_CONTRACT]->(c)-[:HAS_FIELD]->(f) RETURN f.name + ': WHERE' ORDER BY f.name LIMIT 1",
            "MATCH (q:DataProduct)-[:DEPENDS_ON*0..2]->(o) RETURN o.name",
            "CALL (p) { MATCH (p)-[:DEPENDS_ON]->(q) RETURN q.id AS id LIMIT 2 } RETURN id",
        )
    ),
    "MATCH (p:DataProduct {status: 'TESTING'}) OPTIONAL MATCH (p)<-[:DEPENDS_ON]-(c) WITH p, count(c) AS n WHERE n > 5 "
    "RETURN p.id AS productId",
]


@pytest.mark.parametrize("text", OF_THE_MESH)
async def test_a_pattern_goes_wherever_the_mesh_does(store, text):
    assert done(await define_policy(store, ADMINISTRATOR, policy_input("", **matching(text)))).rule_text == text
