"""The rules that look at neighbours, each by itself."""

import pytest

from resolvers.governance.facts import Facts, SourceField
from tests.resolvers.governance.engine.facts_of import a_contract, a_product, an_edge, found, messages

OURS = "urn:mesh:sales:"


def test_an_owner_is_required():
    assert messages("owner_required", a_product()) == []
    assert messages("owner_required", a_product(owner_team=" ")) == ["No team owns the product."]
    assert messages("owner_required", a_product(owner_team="TBD")) == ["'TBD' is not a team that owns the product."]
    assert messages("owner_required", a_product(owner_team="TBD"), placeholders=["?"]) == []


def test_production_needs_a_contract_a_description_and_an_output():
    rule, access = "production_ready", [{"kind": "API", "uri": "https://x"}]
    assert messages(rule, a_product(access=access)) == []
    assert messages(rule, a_product()) == ["The product is PRODUCTION without an access point."]
    assert messages(rule, a_product(contract=None, description=" ")) == [
        "The product is PRODUCTION without a contract, a description, an access point."
    ]
    testing = a_product(status="TESTING")
    assert messages(rule, testing) == []
    assert messages(rule, testing, statuses=["TESTING"]) == ["The product is TESTING without an access point."]


@pytest.mark.parametrize(
    ("ours", "theirs", "stable"),
    [
        ("PRODUCTION", "PRODUCTION", True),
        ("PRODUCTION", "TESTING", True),
        ("PRODUCTION", "DEVELOPMENT", False),
        ("PRODUCTION", "DEPRECATED", False),
        ("TESTING", "DEVELOPMENT", True),
        ("DEPRECATED", "DEPRECATED", True),
    ],
)
def test_production_depends_on_what_is_stable(ours, theirs, stable):
    facts = Facts(a_product(status=ours), providers=(an_edge(a_product("prd_b", status=theirs)),))
    expected = (f"The product is {ours} and depends on {OURS}prd_b, which is {theirs}.", ("prd_b",))
    assert found("stable_dependencies", facts) == ([] if stable else [expected])


def test_what_counts_as_stable_is_a_parameter():
    facts = Facts(a_product(status="TESTING"), providers=(an_edge(a_product("prd_b", status="TESTING")),))
    assert len(found("stable_dependencies", facts, of=["TESTING"], unstable=["TESTING"])) == 1


def classified(level, id="prd_a", fields=(), **given):
    return a_product(id, contract=a_contract(classification=level, fields=fields), **given)


@pytest.mark.parametrize(
    ("ours", "theirs", "holds"),
    [
        ("PUBLIC", "PUBLIC", True),
        ("INTERNAL", "PUBLIC", True),
        ("RESTRICTED", "CONFIDENTIAL", True),
        ("PUBLIC", "INTERNAL", False),
        ("INTERNAL", "RESTRICTED", False),
        (None, "PUBLIC", True),
        (None, "INTERNAL", False),
        ("PUBLIC", None, True),
    ],
)
def test_protection_never_drops_downstream(ours, theirs, holds):
    facts = Facts(classified(ours), providers=(an_edge(classified(theirs, "prd_b")),))
    level = ours or "unclassified"
    expected = (f"The product is {level} and takes {OURS}prd_b, which is {theirs}.", ("prd_b",))
    assert found("classification_flow", facts) == ([] if holds else [expected])


FIELDS = [("id", None, None), ("customer.email", None, "CONFIDENTIAL"), ("total", None, "PUBLIC")]


def test_a_field_more_protected_than_its_product_is_named():
    facts = Facts(classified("INTERNAL"), providers=(an_edge(classified("INTERNAL", "prd_b", FIELDS)),))
    assert messages("classification_flow", facts) == [
        f"The product is INTERNAL and takes customer.email (CONFIDENTIAL) of {OURS}prd_b."
    ]


@pytest.mark.parametrize(
    ("used", "message"),
    [
        (["total"], None),
        (["id"], f"The product is PUBLIC and takes id (INTERNAL) of {OURS}prd_b."),
        (["customer"], f"The product is PUBLIC and takes customer.email (CONFIDENTIAL) of {OURS}prd_b."),
        (["gone"], f"The product is PUBLIC and takes {OURS}prd_b, which is INTERNAL."),
    ],
)
def test_only_the_declared_fields_count(used, message):
    facts = Facts(classified("PUBLIC"), providers=(an_edge(classified("INTERNAL", "prd_b", FIELDS), used),))
    assert messages("classification_flow", facts) == ([message] if message else [])


def test_column_lineage_names_what_arrives_less_protected():
    sources = (
        SourceField("hash", None, "prd_b", "customer.email", "CONFIDENTIAL"),
        SourceField("sum", "PUBLIC", "prd_b", "total", "PUBLIC"),
        SourceField("key", "PUBLIC", "prd_b", "id", None),
    )
    provider = an_edge(classified("INTERNAL", "prd_b", FIELDS))
    assert messages("classification_flow", Facts(classified("PUBLIC"), (provider,), sources=sources)) == [
        f"The product is PUBLIC and takes customer.email (CONFIDENTIAL) as hash, id (INTERNAL) as key from {OURS}prd_b."
    ]
    assert messages("classification_flow", Facts(classified("RESTRICTED"), (provider,), sources=sources)) == [
        f"The product is RESTRICTED and takes id (INTERNAL) as key from {OURS}prd_b."
    ]
    assert messages("classification_flow", Facts(classified("PUBLIC"), (provider,), sources=sources[1:2])) == []


def test_some_types_may_be_excepted():
    provider = an_edge(classified("RESTRICTED", "prd_b"))
    facts = Facts(classified("PUBLIC", type="AGGREGATE"), providers=(provider,))
    assert len(found("classification_flow", facts)) == 1
    assert found("classification_flow", facts, except_types=["AGGREGATE"]) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "how_long"),
    [
        (365, 365, None),
        (30, 365, None),
        (30, None, None),
        (None, None, None),
        (2555, 365, "for 2,555 days"),
        (None, 365, "without an end"),
    ],
)
def test_nothing_is_kept_longer_than_its_source_allows(ours, theirs, how_long):
    product, provider = (
        a_product(id, contract=a_contract(retention_days=days)) for id, days in (("prd_a", ours), ("prd_b", theirs))
    )
    expected = (f"The data are kept {how_long}; {OURS}prd_b allows {theirs:,} days.", ("prd_b",)) if how_long else None
    assert found("retention_flow", Facts(product, (an_edge(provider),))) == ([expected] if expected else [])


def test_dependencies_on_other_domains_pin_a_published_contract():
    near, far = a_product("prd_b"), a_product("prd_c", domain="finance")
    rule = "pinned_cross_domain_contracts"
    assert found(rule, Facts(a_product(), (an_edge(near), an_edge(far, pin="1.0.0")))) == []
    assert found(rule, Facts(a_product(), (an_edge(far),))) == [
        (f"The dependency on {OURS}prd_c pins no contract version.", ("prd_c",))
    ]
    assert messages(rule, Facts(a_product(), (an_edge(far, pin="9.0.0", published=False),))) == [
        f"The dependency on {OURS}prd_c pins contract 9.0.0, which was never published."
    ]


def deprecated(successor=None, sunset=None, found=None, consumers=("PRODUCTION",)):
    users = tuple(an_edge(a_product(f"prd_{number}", status=status)) for number, status in enumerate(consumers))
    return Facts(a_product(status="DEPRECATED", successor=successor, sunset=sunset), consumers=users, successor=found)


GOES_TO = (f"{OURS}prd_new", "2027-06-30")


def test_a_deprecated_product_with_live_consumers_names_a_successor_and_a_date():
    rule, new = "successor_for_deprecated", a_product("prd_new")
    assert found(rule, deprecated(*GOES_TO, new)) == []
    assert found(rule, deprecated(consumers=["DEPRECATED", "DEVELOPMENT"])) == []
    assert found(rule, deprecated(consumers=["PRODUCTION", "TESTING", "DEPRECATED"])) == [
        (
            f"The product is deprecated, still feeds {OURS}prd_0, {OURS}prd_1, and names no successor "
            "and names no date of its end (sunset).",
            ("prd_0", "prd_1"),
        )
    ]
    start = f"The product is deprecated, still feeds {OURS}prd_0, and "
    assert messages(rule, deprecated(*GOES_TO)) == [start + f"its successor '{OURS}prd_new' is not another product."]
    for ended in ("DEPRECATED", "RETIRED"):
        assert messages(rule, deprecated(*GOES_TO, a_product("prd_new", status=ended))) == [
            start + f"its successor {OURS}prd_new is {ended} too."
        ]


def test_the_end_of_a_deprecated_product_is_to_come():
    rule, new = "successor_for_deprecated", a_product("prd_new")
    for day, past in (("2026-11-21", True), ("2026-11-22", True), ("2026-11-23", False)):
        facts = deprecated(new.urn, day, new)
        record = facts.product.record._replace(updated_at="2026-11-22T09:00:00.000000Z")
        facts = facts._replace(product=facts.product._replace(record=record))
        assert (
            messages(rule, facts)
            == [
                f"The product is deprecated, still feeds {OURS}prd_0, and its end {day} was not to come when the "
                "product last changed."
            ]
            * past
        )
