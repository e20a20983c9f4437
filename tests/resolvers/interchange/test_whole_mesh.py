"""A mesh with everything in it goes out and comes in again, byte by byte the same."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from resolvers.interchange import Imported, ImportRefused, export_mesh, import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_contract_withdraw import withdraw_contract
from resolvers.mutations.data_product_create_from_template import FromTemplate, create_from_template
from resolvers.mutations.data_product_retire import retire_product
from resolvers.mutations.data_product_transition import Succession, transition_product
from resolvers.mutations.domain_update import update_domain
from resolvers.mutations.inputs import ChangeRequestInput
from resolvers.mutations.quality_schedule_set import set_schedule
from resolvers.mutations.template_register import TemplateInput, register_template
from resolvers.mutations.template_retire import retire_template
from resolvers.mutations.waiver_grant import grant_waiver
from tests.checksum import checksum
from tests.conftest import EMPTY_LOG, WIPE
from tests.policies import a_policy
from tests.resolvers.interchange.meshes import edge, product, urn
from tests.writes import done

LATER = clock.to_text(clock.from_text(clock.now()) + timedelta(days=9))
SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "名前": {"type": ["string", "null"], "default": None, "enum": ["甲", None]},
        "ｶﾞﾗｽ": {"const": None},
        "العميل": {"type": "object", "properties": {"a.b": {"type": "number", "maximum": 2**63}}},
        "🔑": {"type": "array", "items": {"type": "object", "properties": {"ไทย": {"type": "string"}}}},
    },
}
DEFAULTS = {
    "classification": "INTERNAL",
    "classificationByProduct": [{"product": "special", "classification": "RESTRICTED"}],
    "retention": {"days": 30},
    "format": "parquet",
    "sla": [
        {"metric": "可用性", "target": 0.99, "better": "HIGHER"},
        {"metric": "latency", "target": 200, "unit": "ms"},
    ],
    "quality": [{"dimension": "completeness", "threshold": 0.9}],
    "accessPoints": [{"kind": "BATCH", "uri": "s3://b/{domain}/{name}"}],
    "infrastructure": {
        "storage": {"bucketPrefix": "x-", "glacierDays": None},
        "compute": {"mlFeatureResources": {"cpuRequest": "100m", "memoryRequest": "256Mi"}},
        "monitoring": {"channels": []},
    },
}
SALES = {
    "kind": "Domain",
    "name": "sales",
    "ownerTeam": "ทีมขาย",
    "description": "销售 — المبيعات — ｶﾞﾗｽ\r\nnext line 🇹🇭",
    "defaults": DEFAULTS,
    "businessRules": [{"id": "positive", "description": "正", "cel": "row.amount >= 0", "products": ["orders"]}],
}
BODY = {
    "name": "made",
    "type": "SOURCE",
    "accessPoints": [
        {"kind": "BATCH", "uri": "s3://b/made", "name": "files", "format": "csv", "options": {"delim": ";"}}
    ],
    "contract": {"version": "1.0.0", "format": "csv", "jsonSchema": {"type": "object"}},
}
SHOP = TemplateInput(
    "shop", "1.0.0", {"type": "object", "properties": {"x": {"type": "string"}}}, BODY, "一つ", "sales"
)
DOCUMENTS = [
    SALES,
    {"kind": "Domain", "name": "ops", "ownerTeam": "ops"},
    product(
        "orders",
        tags=["étiquette", "标签", "وسم"],
        metadata={"🔑": {"deep": [1, 2**63, -(2**63), None, 0.1]}, "": "empty key"},
        contract={
            "version": "1.0.0",
            "jsonSchema": SCHEMA,
            "semanticModel": {"grain": None},
            "quality": [
                {"dimension": "validity", "threshold": 0.5},
                {"dimension": "validity", "rule": {"id": "r", "metric": "nullValues", "property": "id", "mustBe": 0}},
            ],
        },
    ),
    product("special", contract={"version": "0.1.0-rc.1", "jsonSchema": SCHEMA, "without": ["retention"], "sla": []}),
    product("uses", "ops", type="DERIVED", dependencies=[{"provider": urn("orders"), "fields": ["🔑[].ไทย", "名前"]}]),
    edge(urn("orders"), urn("uses", "ops")),
    product("old", ownerTeam="others"),
    product("older", description="goes with its successor"),
    product("gone"),
]


async def ids(store: Any) -> dict[str, str]:
    return dict(await store.read("MATCH (p:DataProduct) RETURN collect([p.name, p.id])"))


async def everything(store: Any) -> None:
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    known = await ids(store)
    done(await register_template(store, ADMINISTRATOR, SHOP))
    done(await register_template(store, ADMINISTRATOR, SHOP._replace(version="2.0.0", description=None)))
    done(await retire_template(store, ADMINISTRATOR, "shop", "2.0.0"))
    made = done(await create_from_template(store, ADMINISTRATOR, FromTemplate("shop", {}, "sales", "1.0.0")))
    done(await set_schedule(store, ADMINISTRATOR, made.id, "files", "PT6H"))
    # One version waits for its date, one was taken back.
    asked = ChangeRequestInput("later", None, LATER)
    candidate = {"version": "0.1.0-rc.2", "jsonSchema": SCHEMA}
    waits = done(await publish_contract(store, ADMINISTRATOR, known["special"], candidate, change_request=asked))
    done(await withdraw_contract(store, ADMINISTRATOR, waits.id))
    first = next(one for one in DOCUMENTS if one.get("name") == "orders")["contract"]
    new = {**first, "version": "1.0.1", "jsonSchema": {**SCHEMA, "title": "Orders"}}
    done(await publish_contract(store, ADMINISTRATOR, known["orders"], new, change_request=asked))
    # What is retired stays behind with what is about it alone.
    policy = await a_policy(store, "owner_required", "ADVISORY", name="of it", product=known["gone"])
    mesh = await a_policy(store, "owner_required", "ADVISORY", name="名")
    for name in ("gone", "old"):
        done(await grant_waiver(store, ADMINISTRATOR, mesh.id, known[name], "理由", LATER))
    done(await grant_waiver(store, ADMINISTRATOR, policy.id, known["gone"], "it goes", LATER))
    step = Succession(known["gone"], "2999-01-01")
    done(await transition_product(store, ADMINISTRATOR, known["older"], ProductStatus.DEPRECATED, succession=step))
    step = Succession(known["orders"], "2999-01-01")
    done(await transition_product(store, ADMINISTRATOR, known["old"], ProductStatus.DEPRECATED, succession=step))
    done(await transition_product(store, ADMINISTRATOR, known["gone"], ProductStatus.DEPRECATED))
    done(await retire_product(store, ADMINISTRATOR, known["gone"]))
    # What is there may be looser than what becomes binding.
    home = await store.read("MATCH (d:Domain {name: 'sales'}) RETURN d.id")
    binding = {**DEFAULTS, "binding": ["RETENTION", "SLA"]}
    done(await update_domain(store, ADMINISTRATOR, home, {"defaults": binding}))


async def exported(store: Any) -> bytes:
    return b"".join([orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) async for one in export_mesh(store)])


def read(text: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in text.splitlines()]


def of(documents: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [document for document in documents if document.get("name") == name]
    return found


@pytest.mark.parametrize("at_once", [1, 500])
async def test_a_mesh_with_everything_in_it_goes_round(store, cypher, at_once):
    await everything(store)
    text = await exported(store)
    documents = read(text)
    assert [one["name"] for one in documents if one["kind"] == "DataProduct"] == [
        "uses",
        *("made", "old", "older", "orders", "special"),
    ]
    assert [(one["kind"], one["name"]) for one in documents if one["kind"] in ("Template", "Policy")] == [
        ("Template", "shop"),
        ("Policy", "名"),
    ]
    assert [one["product"] for one in documents if one["kind"] == "Waiver"] == [urn("old")]
    made, older = of(documents, "made"), of(documents, "older")
    assert made["template"] == {"name": "shop", "version": "1.0.0"}
    assert made["qualitySchedules"] == [{"accessPoint": "files", "every": "PT6H"}]
    assert (older["sunset"], "successor" in older) == ("2999-01-01", False)
    assert of(documents, "old")["successor"] == urn("orders")
    assert of(documents, "special")["contract"]["binding"] is False
    assert "binding" not in of(documents, "orders")["contract"]

    before = await checksum(store)
    here = await import_mesh(store, ADMINISTRATOR, documents, at_once=at_once, prune=True)
    assert here == Imported(known=13)
    assert await checksum(store) == before

    await cypher(WIPE)
    await cypher(EMPTY_LOG)
    would = await import_mesh(store, ADMINISTRATOR, documents, at_once=at_once, dry_run=True)
    assert would == await import_mesh(store, ADMINISTRATOR, documents, at_once=at_once)
    assert would == Imported(domains=2, products=6, dependencies=2, policies=1, waivers=1, templates=1, schedules=1)
    again = await exported(store)
    assert read(again) == documents
    assert again == text
    assert await import_mesh(store, ADMINISTRATOR, documents, at_once=at_once, prune=True) == Imported(known=13)


async def test_what_was_emptied_is_emptied_in_an_older_copy(store, cypher):
    documents = [
        SALES,
        product("new"),
        product("old", status="DEPRECATED", successor=urn("new"), sunset="2999-01-01"),
    ]
    await import_mesh(store, ADMINISTRATOR, documents)
    home = await store.read("MATCH (d:Domain) RETURN d.id")
    done(await update_domain(store, ADMINISTRATOR, home, {"businessRules": None, "description": None}))
    await import_mesh(store, ADMINISTRATOR, [{**documents[2], "successor": None, "sunset": None}])
    emptied = await exported(store)
    assert of(read(emptied), "sales")["businessRules"] == []
    assert {"successor", "sunset"}.isdisjoint(of(read(emptied), "old"))
    await import_mesh(store, ADMINISTRATOR, documents[:1])
    assert await exported(store) != emptied
    await import_mesh(store, ADMINISTRATOR, read(emptied))
    assert await exported(store) == emptied


BOUND = {**SALES, "defaults": {"retention": {"days": 30}, "binding": ["RETENTION"], "format": "json"}}
LOOSE = {"version": "1.0.0", "jsonSchema": {"type": "object"}, "retention": {"days": 60}}


async def test_a_contract_that_is_looser_than_a_binding_default_is_refused_by_its_document(store):
    loose = [product("a", contract=LOOSE), product("b"), product("c", contract={**LOOSE, "retention": {"days": 90}})]
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, [BOUND, *loose])
    assert [reason.split(": The")[0] for reason in refused.value.reasons] == [
        f"document {number} {urn(name)}: contract.retention.days" for number, name in ((2, "a"), (4, "c"))
    ]
    assert set(await ids(store)) == set()
    left = await import_mesh(store, ADMINISTRATOR, [BOUND, *loose], skip=True)
    assert (left.products, len(left.skipped), set(await ids(store))) == (1, 2, {"b"})
    # An existing product is not freed of them by its document.
    freed = product("b", contract={**LOOSE, "binding": False})
    with pytest.raises(ImportRefused, match="longer than the domain's"):
        await import_mesh(store, ADMINISTRATOR, [freed])


async def test_a_document_of_a_retired_product_is_told_and_changes_nothing(store):
    await import_mesh(store, ADMINISTRATOR, [SALES, product("gone"), product("uses")])
    known = await ids(store)
    done(await transition_product(store, ADMINISTRATOR, known["gone"], ProductStatus.DEPRECATED))
    done(await retire_product(store, ADMINISTRATOR, known["gone"]))
    before = await checksum(store)
    documents = [product("gone", description="again"), edge(urn("uses"), urn("gone"))]
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, documents)
    assert refused.value.reasons == (
        f"document 1 {urn('gone')}: It is retired: restore it with dataProductRestore, or leave its document out.",
    )
    left = await import_mesh(store, ADMINISTRATOR, documents, skip=True)
    assert len(left.skipped) == 2
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"kind": "Waiver", "policy": "none", "product": urn("a"), "reason": "x", "expiresAt": LATER},
            f"document 3 Waiver of none for {urn('a')}: There is no such policy, here or in the mesh.",
        ),
        (
            {"kind": "Waiver", "policy": "p", "product": urn("a"), "reason": "x" * 3_000, "expiresAt": LATER},
            "document 3 Waiver: reason: Give 1 to 2,000 characters; this has 3,000.",
        ),
        (
            {"kind": "Policy", "name": "p", "enforcement": "ADVISORY", "rule": {"graphPattern": "MATCH (p) DELETE p"}},
            "document 3 Policy p: rule.graphPattern: ",
        ),
        ({"kind": "Template", "name": "t", "version": "1", "configSchema": {}, "body": {}}, "document 3 Template t: "),
    ],
)
async def test_faults_of_what_is_written_last_are_told_before_anything_is_written(store, document, message):
    before = await checksum(store)
    with pytest.raises(ImportRefused) as refused:
        await import_mesh(store, ADMINISTRATOR, [SALES, product("a"), document])
    assert all(reason.startswith("document 3") for reason in refused.value.reasons)
    assert refused.value.reasons[0].startswith(message)
    assert await checksum(store) == before


async def test_templates_and_schedules_follow_their_documents(store):
    shop = {"kind": "Template", "name": "shop", "version": "1.0.0", "configSchema": {"type": "object"}, "body": BODY}
    files = product(
        "files", accessPoints=BODY["accessPoints"], qualitySchedules=[{"accessPoint": "files", "every": "PT6H"}]
    )
    first = await import_mesh(store, ADMINISTRATOR, [SALES, shop, files])
    assert first == Imported(domains=1, products=1, templates=1, schedules=1)
    changed = {**files, "qualitySchedules": [{"accessPoint": "files", "every": "P1D"}]}
    assert await import_mesh(store, ADMINISTRATOR, [shop, changed]) == Imported(known=2, schedules=1)
    assert await import_mesh(store, ADMINISTRATOR, [product("files")]) == Imported(known=1)
    assert await import_mesh(store, ADMINISTRATOR, [{**files, "qualitySchedules": []}]) == Imported(
        known=1, schedules=1
    )
    assert "qualitySchedules" not in of(read(await exported(store)), "files")
    other = {**shop, "body": {**BODY, "name": "another"}}
    with pytest.raises(ImportRefused, match=r"shop 1\.0\.0: version: Version 1\.0\.0 of template 'shop' is registered"):
        await import_mesh(store, ADMINISTRATOR, [other])
    nowhere = {**files, "qualitySchedules": [{"accessPoint": "none", "every": "P1D"}]}
    with pytest.raises(
        ImportRefused, match="schedule of 'none': accessPoint: 'files' has no access point of that name"
    ):
        await import_mesh(store, ADMINISTRATOR, [nowhere])
