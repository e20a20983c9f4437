"""A product as the document of one of its revisions."""

import orjson

from resolvers.model.records import Product
from resolvers.writes.revisions import bump, document, from_document

AT = "2026-01-01T00:00:00.000000Z"
PRODUCT = Product(
    "prd_1", "urn:mesh:sales:orders", "orders", "d", "sales", "dom_1", "team", "SOURCE", "TESTING", "1.0.0", ["a"],
    '{"x":{"y":1}}', '[{"kind":"API","uri":"https://x.y"}]', None, None, 4, AT, AT,
)  # fmt: skip


def test_a_document_holds_the_whole_product():
    told = document(PRODUCT)
    assert told["metadata"] == {"x": {"y": 1}}
    assert told["accessPoints"] == [{"kind": "API", "uri": "https://x.y"}]
    assert from_document(orjson.dumps(told).decode()) == PRODUCT


def test_a_revision_never_begins_before_the_one_before_it():
    later = "2026-01-02T00:00:00.000000Z"
    assert bump(PRODUCT, later)[-5:-2] == (5, AT, later)
    assert bump(PRODUCT, "2025-01-01T00:00:00.000000Z")[-5:-2] == (5, AT, AT)
