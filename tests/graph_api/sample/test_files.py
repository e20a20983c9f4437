"""What the sample's files say, before any database."""

from collections import Counter

from graph_api.sample.files import read_sample


def test_counts() -> None:
    sample = read_sample()
    assert [domain["name"] for domain in sample.domains] == [
        "catalog", "customer", "digital", "finance", "fulfilment", "inventory", "marketing", "orders",
    ]  # fmt: skip
    assert Counter(product.arguments["type"] for product in sample.products) == {
        "SOURCE": 19, "DERIVED": 22, "AGGREGATE": 12, "ML_FEATURE": 7,
    }  # fmt: skip
    assert Counter(product.status for product in sample.products) == {
        "PRODUCTION": 56, "TESTING": 2, "DEVELOPMENT": 1, "DEPRECATED": 1,
    }  # fmt: skip
    assert Counter(product.arguments["domain"] for product in sample.products) == {
        "customer": 9, "orders": 8, "catalog": 8, "digital": 8, "inventory": 7, "fulfilment": 7, "marketing": 7,
        "finance": 6,
    }  # fmt: skip


def test_providers_come_before_their_consumers() -> None:
    seen: set[str] = set()
    for product in read_sample().products:
        assert seen.issuperset(product.providers), product.urn
        seen.add(product.urn)


def test_the_customer_domain_has_its_terms() -> None:
    contracts = {
        product.arguments["name"]: product.arguments["contract"]
        for product in read_sample().products
        if product.arguments["domain"] == "customer"
    }
    named = ("events", "profiles", "interactions", "segments", "preferences")
    assert {name: contracts[name]["classification"] for name in named} == {
        "events": "CONFIDENTIAL",
        "profiles": "CONFIDENTIAL",
        "interactions": "CONFIDENTIAL",
        "segments": "INTERNAL",
        "preferences": "INTERNAL",
    }
    assert {name: contracts[name]["retention"]["days"] for name in named} == {
        "events": 2555, "profiles": 2555, "interactions": 1095, "segments": 1095, "preferences": 1095,
    }  # fmt: skip
    for name in named:
        assert contracts[name]["format"] == "parquet"
        assert contracts[name]["sla"] == [
            {"metric": "availability", "target": 0.999, "unit": "ratio", "better": "HIGHER"},
            {"metric": "latency_p95", "target": 500, "unit": "ms", "better": "LOWER"},
            {"metric": "freshness", "target": 2, "unit": "h", "better": "LOWER"},
        ]
