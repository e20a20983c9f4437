"""Templates registered, used and retired."""

from resolvers.model.access import ADMINISTRATOR
from resolvers.mutations.data_product_create_from_template import FromTemplate, create_from_template
from resolvers.mutations.template_register import TemplateInput, register_template
from resolvers.mutations.template_retire import retire_template
from resolvers.templates.queries import products_from, template, templates
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.policies import a_policy
from tests.writes import ORDER_SCHEMA, OTHER_OWNER, READER, SALES_OWNER, a_domain, audit_actions, done, faults

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["days"],
    "properties": {"days": {"type": "integer"}},
}
BODY = {
    "name": "orders",
    "type": "SOURCE",
    "contract": {
        "version": "1.0.0",
        "format": "json",
        "jsonSchema": ORDER_SCHEMA,
        "classification": "INTERNAL",
        "retention": {"days": "${config.days}"},
    },
}


def given(version="1.0.0", **changes):
    return TemplateInput(
        **{"name": "sales_orders", "version": version, "config_schema": SCHEMA, "body": BODY, **changes}
    )


async def test_a_product_is_made_from_a_template_and_keeps_it_on_record(store):
    await a_domain(store)
    done(await register_template(store, SALES_OWNER, given(domain="sales")))
    product = done(await create_from_template(store, SALES_OWNER, FromTemplate("sales_orders", {"days": 30}, "sales")))
    done(await register_template(store, SALES_OWNER, given("1.10.0", domain="sales")))
    assert await audit_actions(store) == [
        "domainRegister",
        "templateRegister",
        "dataProductCreateFromTemplate",
        "templateRegister",
    ]
    (use,) = await products_from(store, "sales_orders", True, 10, None)
    assert (use.product_id, use.version, use.latest, use.outdated) == (product.id, "1.0.0", "1.10.0", True)
    latest = await template(store, "sales_orders")
    assert latest is not None
    assert latest.version == "1.10.0"
    query = "query($id: ID!) { dataProduct(id: $id) { template { name version } contract { retention { days } } } }"
    told = await ask(store, query, id=product.id)
    assert told["dataProduct"] == {
        "template": {"name": "sales_orders", "version": "1.0.0"},
        "contract": {"retention": {"days": 30}},
    }


async def test_a_refused_creation_leaves_no_trace(store):
    await a_domain(store)
    await a_policy(store, "owner_required", "MANDATORY")
    await a_policy(store, "schema_documentation_required", "MANDATORY")
    done(await register_template(store, ADMINISTRATOR, given()))
    before = await checksum(store)
    wrong = await create_from_template(store, ADMINISTRATOR, FromTemplate("sales_orders", {"dys": 1}, "sales"))
    assert faults(wrong) == [("INVALID_INPUT", ("config", "days")), ("INVALID_INPUT", ("config", "dys"))]
    late = await create_from_template(store, ADMINISTRATOR, FromTemplate("sales_orders", {"days": 0}, "sales"))
    assert faults(late) == [("INVALID_CONTRACT", ("template", "contract", "retention", "days"))]
    judged = await create_from_template(store, ADMINISTRATOR, FromTemplate("sales_orders", {"days": 9}, "sales"))
    assert len(judged.violations) > 0
    absent = await create_from_template(store, ADMINISTRATOR, FromTemplate("none", {}, "sales"))
    assert faults(absent) == [("NOT_FOUND", ("template",))]
    reader = await create_from_template(store, READER, FromTemplate("sales_orders", {"days": 9}, "sales"))
    assert faults(reader) == [("FORBIDDEN", ())]
    assert await checksum(store) == before


async def test_a_dry_run_shows_the_product_and_keeps_nothing(store):
    await a_domain(store, "customer")
    before = await checksum(store)
    config = {"event_types": ["SIGNED_IN"]}
    outcome = await create_from_template(
        store, ADMINISTRATOR, FromTemplate("customer_events", config, "customer"), WriteOptions(dry_run=True)
    )
    assert done(outcome).urn == "urn:mesh:customer:customer_events"
    assert await checksum(store) == before


async def test_a_version_never_changes_and_a_name_belongs_to_one_domain(store):
    await a_domain(store)
    await a_domain(store, "other")
    done(await register_template(store, SALES_OWNER, given(domain="sales")))
    before = await checksum(store)
    again = await register_template(store, SALES_OWNER, given(domain="sales", description="new"))
    assert faults(again) == [("ALREADY_EXISTS", ("input", "version"))]
    taken = await register_template(store, OTHER_OWNER, given("2.0.0", domain="other"))
    assert faults(taken) == [("ALREADY_EXISTS", ("input", "name"))]
    built_in = await register_template(store, ADMINISTRATOR, given(name="customer_events"))
    assert faults(built_in) == [("ALREADY_EXISTS", ("input", "version"))]
    mesh = await register_template(store, SALES_OWNER, given("3.0.0"))
    assert faults(mesh) == [("FORBIDDEN", ())]
    other = await create_from_template(store, OTHER_OWNER, FromTemplate("sales_orders", {"days": 1}, "other"))
    assert faults(other) == [("NOT_FOUND", ("template",))]
    assert await checksum(store) == before


async def test_nothing_is_made_from_a_retired_version(store):
    await a_domain(store)
    for version in ("1.0.0", "2.0.0"):
        done(await register_template(store, SALES_OWNER, given(version, domain="sales")))
    assert faults(await retire_template(store, OTHER_OWNER, "sales_orders", "2.0.0")) == [("FORBIDDEN", ())]
    done(await retire_template(store, SALES_OWNER, "sales_orders", "2.0.0"))
    latest = await template(store, "sales_orders")
    assert latest is not None
    assert latest.version == "1.0.0"
    old = FromTemplate("sales_orders", {"days": 1}, "sales", version="2.0.0")
    assert faults(await create_from_template(store, SALES_OWNER, old)) == [("NOT_FOUND", ("template",))]
    assert [one.name for one in await templates(store, domain="other")] == [
        "customer_events",
        "customer_segments",
        "order_analytics",
    ]
    assert faults(await retire_template(store, ADMINISTRATOR, "customer_events", "1.0.0")) == [("NOT_FOUND", ("name",))]
