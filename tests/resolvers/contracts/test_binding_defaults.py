"""Binding defaults: stricter terms pass, looser ones are told with both values."""

import pytest

from resolvers.contracts.domain_defaults import contract_of, fill_contract, parse_defaults
from resolvers.model.errors import UserFaults

DEFAULTS = {
    "classification": "INTERNAL",
    "classificationByProduct": {"people": "CONFIDENTIAL"},
    "retention": {"days": 365},
    "sla": [
        {"metric": "availability", "target": 0.999, "unit": "ratio"},
        {"metric": "latency_p95", "target": 500, "unit": "ms"},
    ],
    "quality": [
        {"dimension": "completeness", "threshold": 0.95},
        {"dimension": "timeliness", "threshold": 0.9, "maxDelay": "PT4H"},
    ],
    "format": "json",
    "binding": ["CLASSIFICATION", "RETENTION", "SLA", "QUALITY"],
}
SLA = [
    {"metric": "availability", "target": 99.95, "unit": "%"},
    {"metric": "latency_p95", "target": 0.2, "unit": "s"},
]
QUALITY = [
    {"dimension": "completeness", "threshold": 0.99},
    {"dimension": "timeliness", "threshold": 0.9, "maxDelay": "PT90M"},
]


def filled(product="orders", binding=True, **given):
    defaults = parse_defaults({**DEFAULTS, **({} if binding else {"binding": []})}, ())
    spec = contract_of({"version": "1.0.0", "jsonSchema": {"type": "object"}, **given}, ("contract",))
    return fill_contract(spec, defaults, product, ("contract",))


def test_what_is_left_out_and_what_is_stricter_passes():
    assert filled().retention.days == 365
    terms = {"classification": "RESTRICTED", "retention": {"days": 30}, "sla": SLA, "quality": QUALITY}
    assert filled(**terms).retention.days == 30


@pytest.mark.parametrize(
    ("given", "path", "values"),
    [
        ({"classification": "PUBLIC"}, ("classification",), ("PUBLIC", "INTERNAL")),
        ({"retention": {"days": 366}}, ("retention", "days"), ("366", "365")),
        ({"sla": [{**SLA[0], "target": 99}, SLA[1]]}, ("sla", "0", "target"), ("99 %", "0.999 ratio")),
        ({"sla": [SLA[0], {**SLA[1], "target": 0.6}]}, ("sla", "1", "target"), ("0.6 s", "500 ms")),
        ({"sla": [SLA[0]]}, ("sla",), ("latency_p95", "500 ms")),
        ({"quality": [{**QUALITY[0], "threshold": 0.9}, QUALITY[1]]}, ("quality", "0", "threshold"), ("0.9", "0.95")),
        ({"quality": [QUALITY[0], {**QUALITY[1], "maxDelay": "P1D"}]}, ("quality", "1", "maxDelay"), ("P1D", "PT4H")),
    ],
)
def test_what_is_looser_is_told_with_both_values(given, path, values):
    with pytest.raises(UserFaults) as raised:
        filled(**given)
    (fault,) = raised.value.faults
    assert fault.field == ("contract", *path)
    assert all(value in fault.message for value in values)
    assert filled(binding=False, **given) is not None


def test_the_default_of_a_named_product_comes_first():
    with pytest.raises(UserFaults, match="CONFIDENTIAL"):
        filled("people", classification="INTERNAL")
    assert filled("orders", classification="INTERNAL").classification == "INTERNAL"


def test_all_looser_terms_are_told_at_once():
    with pytest.raises(UserFaults) as raised:
        filled(classification="PUBLIC", retention={"days": 400}, sla=[], quality=[])
    assert len(raised.value.faults) == 6
