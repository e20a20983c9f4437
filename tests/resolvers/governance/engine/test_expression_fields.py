"""A field that the document does not have is an error when a policy is defined, at any depth."""

import pytest

from resolvers.governance.engine.document import CONTRACT_KEYS, PRODUCT_KEYS
from resolvers.governance.engine.expression import WrongExpression, check_fields_of, expression_rule
from resolvers.governance.engine.expression_fields import CONTRACT, PRODUCT
from resolvers.governance.facts import FieldFacts
from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.policy_define import define_policy
from tests.checksum import checksum
from tests.policies import policy_input
from tests.writes import faults


def test_the_shape_is_that_of_the_document():
    assert set(PRODUCT) == set(PRODUCT_KEYS)
    assert set(CONTRACT) == set(CONTRACT_KEYS)
    assert set(CONTRACT["fields"][0]) == set(FieldFacts._fields)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("product.foo == 1", "foo"),
        ("true || product.foo == 1", "foo"),
        ("has(product.foo)", "foo"),
        ("product['foo'] == 1", "foo"),
        ("product.domain.x == 1", "x"),
        ("product.metadata.x == 1 && product.bar == 2", "bar"),
        ("product.accessPoints[0].url == 'x'", "url"),
        ("contract.retention.months == 1", "months"),
        ("contract.sla.exists(l, l.name == 'a')", "name"),
        ("contract != null && contract.fields.all(f, f.nope)", "nope"),
        ("providers[0].foo == 1", "foo"),
        ("providers.all(p, p.contract.owner == 'x')", "owner"),
        ("providers.all(p, p.contract.fields.all(f, f.nope == 1))", "nope"),
        ("providers.filter(p, p.status == 'X').all(q, q.nope == 1)", "nope"),
        ("providers.filter(p, p.status == 'X')[0].nope == 1", "nope"),
        ("providers.map(p, p.edge).all(e, e.since == 'x')", "since"),
        ("providers.map(p, p.status == 'X', p.edge).all(e, e.since == 'x')", "since"),
        ("consumers.exists_one(c, c.nope == 1)", "nope"),
        ("dyn(product).nope == 1", "nope"),
        ("(contract == null ? null : contract).nope == 1", "nope"),
        ("(contract != null ? contract : {}).nope == 1", "nope"),
        ("(product.status == 'X' ? providers : consumers).all(p, p.nope == 1)", "nope"),
        ("(product.status == 'X' ? product : contract).nope == 1", "nope"),
        ("[contract, product][0].nope == 1", "nope"),
        ("{'p': product}.p.nope == 1", "nope"),
        ("{'p': product}['p'].nope == 1", "nope"),
        ("(providers + consumers).exists(p, p.edge.nope == 1)", "nope"),
        ("[product].all(p, p.nope == 1)", "nope"),
        ("providers.map(p, {'of': p}).all(m, m.of.nope == 1)", "nope"),
    ],
)
def test_a_field_that_is_not_there_is_named(text, name):
    with pytest.raises(WrongExpression, match=f"has no field '{name}'"):
        check_fields_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "contract != null && contract.sla.exists(l, l.metric == 'a' && l.target > 0.9)",
        "providers.all(p, p.contract == null || p.contract.fields.all(f, f.description != null))",
        "product.metadata.anything.goes == 1 && has(product.metadata.x)",
        "product.metadata.list.all(x, x.y == 1)",
        "contract.semanticModel.a.b == 1",
        "providers.map(p, p.edge.kind).all(k, k == 'feeds')",
        "providers.filter(p, p.status == 'X').size() == 0",
        "providers.size() > 0 ? providers[0].edge.fields == null : true",
        "product.tags.exists(t, t.startsWith('a')) && product['domain'] == 'x'",
        "consumers.exists_one(c, c.domain == product.domain)",
        "{'a': product.domain}.a == 'x'",
        "{product.domain: 1}.anything == 1",
        "[1, product][1].name == 'x'",
        "[null, contract][1].version == '1.0.0'",
        "(contract == null ? {'version': '0.0.0'} : contract).version == '1.0.0'",
        "(product.status == 'X' ? product : contract).version == '1.0.0'",
        "(providers + consumers).all(p, p.edge.kind == 'feeds')",
        "product.accessPoints.map(a, has(a.options.topic)).size() == 0",
        "dyn(product).name == 'x' && dyn(product.metadata).x == 1",
        "[[product], []].all(l, l.all(p, p.name != ''))",
    ],
)
def test_what_the_document_has_is_taken(text):
    expression_rule(text)
    check_fields_of(text)


async def test_such_a_policy_is_refused_without_a_trace(store):
    before = await checksum(store)
    rule = {"expression": "providers.all(p, p.contract.owner == 'x')"}
    refused = await define_policy(store, ADMINISTRATOR, policy_input("", name="ours", rule=rule))
    assert faults(refused) == [("INVALID_INPUT", ("input", "rule", "expression"))]
    assert refused.user_errors[0].message.startswith(
        "The document has no field 'owner' here; there are classification,"
    )
    assert await checksum(store) == before
