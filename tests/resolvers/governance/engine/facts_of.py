"""Facts for tests of rules by themselves."""

import json
from typing import Any

from resolvers.governance.engine.binding import bind
from resolvers.governance.facts import (
    BRIEF,
    BRIEF_CONTRACT,
    ContractFacts,
    Facts,
    FieldFacts,
    Neighbour,
    ProductFacts,
)
from resolvers.governance.rules.registry import BUILTIN
from resolvers.graph.partial_records import maker
from resolvers.model.records import Policy, Product


def a_contract(
    version: str = "1.0.0", *, sla: Any = (), quality: Any = (), fields: Any = (), **given: Any
) -> ContractFacts:
    """`fields` are (path, description, classification)."""
    values = {"id": f"ctr_{version}", "format": "json", "classification": "INTERNAL", "retention_days": 365}
    return ContractFacts(
        version=version,
        sla_json=json.dumps(list(sla)),
        quality_json=json.dumps(list(quality)),
        semantic_model_json=None,
        field_count=len(fields),
        fields=tuple(FieldFacts(path, path, "string", False, False, text, level) for path, text, level in fields),
        **{**values, **given},
    )


STATED = a_contract()


def a_product(
    id: str = "prd_a", *, metadata: Any = None, access: Any = (), contract: ContractFacts | None = STATED, **given: Any
) -> ProductFacts:
    values = {
        "urn": f"urn:mesh:sales:{id}",
        "name": id,
        "description": "What it is.",
        "domain": "sales",
        "domain_id": "dom_sales",
        "owner_team": "team",
        "type": "SOURCE",
        "status": "PRODUCTION",
        "version": "1.0.0",
        "tags": [],
        "contract_id": contract and contract.id,
        "classification": contract and contract.classification,
        "revision": 1,
        "created_at": "",
        "updated_at": "",
    }
    documents = {"metadata_json": json.dumps(metadata or {}), "access_points_json": json.dumps(list(access))}
    return ProductFacts(Product(id=id, **{**values, **documents, **given}), contract)


def an_edge(product: ProductFacts, fields: Any = None, pin: str | None = None, published: bool = True) -> Neighbour:
    """With as much of the product as is read for rules that do not ask for whole neighbours."""
    return a_whole_edge(brief(product), fields, pin, published)


def a_whole_edge(
    product: ProductFacts, fields: Any = None, pin: str | None = None, published: bool = True
) -> Neighbour:
    return Neighbour(product, "feeds", fields and tuple(fields), pin, pin is not None and published)


def brief(product: ProductFacts) -> ProductFacts:
    record, contract = product
    known = contract and maker(ContractFacts, BRIEF_CONTRACT)([getattr(contract, field) for field in BRIEF_CONTRACT])
    return ProductFacts(maker(Product, BRIEF)([getattr(record, field) for field in BRIEF]), known)


def found(rule: str, facts: Facts | ProductFacts, **parameters: Any) -> list[tuple[str, tuple[str, ...]]]:
    """(message, path) of each finding of a built-in rule."""
    one = facts if isinstance(facts, Facts) else Facts(facts)
    return [(finding.message, finding.path) for finding in BUILTIN[rule].check(one, parameters_of(rule, **parameters))]


def messages(rule: str, facts: Facts | ProductFacts, **parameters: Any) -> list[str]:
    return [message for message, _ in found(rule, facts, **parameters)]


def parameters_of(rule: str, **parameters: Any) -> Any:
    """As they come back out of the graph."""
    checked = BUILTIN[rule].parameters.model_validate(parameters)
    stored = json.dumps(checked.model_dump(mode="json", exclude_unset=True))
    blank = ("", "MESH", None, None, "ADVISORY", "BUILTIN", rule, stored, None, 1, False, "", "", None)
    return bind(Policy("pol_x", rule, *blank)).parameters
