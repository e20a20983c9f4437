"""Documents of an import: JSON objects, each a domain, product, dependency, policy, waiver or template.

They have the API's keys:

    {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"}
    {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE", "status": "PRODUCTION"}
    {"kind": "Dependency", "consumer": "urn:mesh:sales:revenue", "provider": "urn:mesh:sales:orders"}

A product may bring its `dependencies` and say its `status`; a deprecated one its `successor` and `sunset`. Products are
named by urn or id. Null counts as left out, but for `fields` and `contractVersion` of a dependency, where it says all
fields and no pin, and for `successor` and `sunset`, where it says none.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from semver import Version

from resolvers.contracts.domain_defaults import WITHOUT
from resolvers.contracts.fields import FieldSpec, TooManyFields, derive_fields
from resolvers.contracts.spec import ContractSpec, contract_spec
from resolvers.governance.engine.definition import PolicyInput, check_definition
from resolvers.graph.product_references import plain_urn
from resolvers.model import clock
from resolvers.model.errors import MeshError, UserErrorCode, UserFault, UserFaults
from resolvers.model.ids import Prefix, prefix_of, product_urn
from resolvers.model.json_values import storable_fault
from resolvers.model.naming import camel
from resolvers.model.records import EdgeOrigin, ProductStatus
from resolvers.model.versions import is_higher
from resolvers.mutations import domain_register, template_register, waiver_grant
from resolvers.mutations.inputs import DomainInput, ProductInput
from resolvers.mutations.product_draft import Draft
from resolvers.mutations.product_draft import check as check_product
from resolvers.mutations.quality_schedule_set import span_of
from resolvers.mutations.template_register import TemplateInput
from resolvers.writes import dependency_edges, succession, validation
from resolvers.writes.dependency_edges import DependencyInput, EdgeSpec

KINDS = ("Domain", "DataProduct", "Dependency", "Policy", "Waiver", "Template")
# Where null says something: no fields in particular, no pin, no successor, no sunset.
EMPTIED = {"Dependency": ("fields", "contractVersion"), "DataProduct": ("successor", "sunset")}
# Keys that name a product.
NAMING = ("consumer", "provider", "product", "policyProduct", "successor")
# What GraphQL sees to for a mutation's input.
TEXTS = frozenset(
    {
        *("name", "ownerTeam", "description", "domain", "type", "status", "version"),
        *("consumer", "provider", "contractVersion", "kind", "dependencyKind", "origin"),
        *("successor", "sunset"),
        *("enforcement", "product", "policy", "policyDomain", "policyProduct", "reason", "expiresAt", "effectiveFrom"),
    }
)
SHAPES: dict[str, tuple[type, str]] = {
    "tags": (list, "a list"),
    "accessPoints": (list, "a list of objects"),
    "dependencies": (list, "a list of objects"),
    "contractHistory": (list, "a list of objects"),
    "rule": (dict, "an object"),
    "paused": (bool, "true or false"),
    "fields": (list, "a list"),
    "metadata": (dict, "an object"),
    "contract": (dict, "an object"),
    "defaults": (dict, "an object"),
    "businessRules": (list, "a list of objects"),
    "template": (dict, "an object"),
    "qualitySchedules": (list, "a list of objects"),
}
Input = TypeVar("Input", DomainInput, ProductInput, DependencyInput, PolicyInput, "WaiverInput", TemplateInput)


class ImportRefused(MeshError):
    """Says which documents are at fault and why, all of them in `reasons`. Chunks written before stay; of the chunk at
    fault nothing is there."""

    def __init__(self, reasons: list[str]) -> None:
        more = f" And {len(reasons) - 10} more." if len(reasons) > 10 else ""
        super().__init__(" ".join(reasons[:10]) + more)
        self.reasons = tuple(reasons)


class Unreadable(NamedTuple):
    """Stands for the value of a document that could not be read; `message` says why."""

    message: str


class Document(NamedTuple):
    """`at` says where it was found, for messages: `mesh.jsonl:12`. `value` is JSON, or `Unreadable`."""

    at: str
    value: Any


class DomainItem(NamedTuple):
    """`said` are the API's names of what the document gives."""

    at: str
    payload: DomainInput
    said: frozenset[str]


class EdgeItem(NamedTuple):
    """Ends as the document names them, later by urn: `spec.provider` is one. `inline`: it stands in its consumer.
    `said` names what the document gives of kind, fields, contractVersion and origin; the rest stays as it is where the
    edge is there. `past` are fields of the versions that the provider's document brings beside the one in force."""

    at: str
    consumer: str
    spec: EdgeSpec
    inline: bool = False
    said: frozenset[str] = frozenset()
    origin: str | None = None
    past: frozenset[str] = frozenset()

    @property
    def provider(self) -> str:
        return self.spec.provider


class PastContract(NamedTuple):
    """A version that was in force before, with its fields."""

    spec: ContractSpec
    fields: tuple[FieldSpec, ...]


class Origin(NamedTuple):
    """The template that a product was made from."""

    name: str
    version: str


class ProductItem(NamedTuple):
    """`draft` is as a creation would take it, in its status and without edges; `fields` are its contract's. `history`
    has older versions of the contract that consumers rely on, the oldest first. `unbound`: the contract is older than
    the binding defaults of its domain and may be looser. `schedules` are all of its quality runs, durations by access
    point; None: they stay."""

    at: str
    draft: Draft
    said: frozenset[str]
    fields: tuple[FieldSpec, ...]
    edges: tuple[EdgeItem, ...]
    history: tuple[PastContract, ...] = ()
    unbound: bool = False
    origin: Origin | None = None
    schedules: dict[str, str] | None = None

    @property
    def urn(self) -> str:
        return self.draft.product.urn


class PolicyItem(NamedTuple):
    """`given.product` is a product as the document names it, later its urn."""

    at: str
    payload: PolicyInput


class WaiverItem(NamedTuple):
    """The policy by its name and its scope: `domain` or `policy_product`, the mesh without both. `product`, and
    `policy_product`, as the document names them, later by urn."""

    at: str
    policy: str
    domain: str | None
    policy_product: str | None
    product: str
    reason: str
    expires_at: str


class TemplateItem(NamedTuple):
    at: str
    payload: TemplateInput


Item = DomainItem | ProductItem | EdgeItem | PolicyItem | WaiverItem | TemplateItem


class Bad(NamedTuple):
    """A document that cannot be taken; `reasons` say why. `urn`, `domain` and `policy` are what it would have
    brought."""

    reasons: tuple[str, ...]
    urn: str | None
    domain: str | None
    policy: str | None


def read(documents: Iterable[Document]) -> Iterator[Item | Bad]:
    """What can be known of each document by itself."""
    for document in documents:
        try:
            yield item_of(document)
        except UserFaults as faults:
            name = name_of(document.value)
            yield Bad(
                tuple(reason(document.at, fault, name) for fault in faults.faults),
                *named_by(document.value),
            )


def named_by(value: Any) -> tuple[str | None, str | None, str | None]:
    """The urn of the product, the name of the domain and the name of the policy that a document is of."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None, None, None
    if value.get("kind") == "DataProduct" and isinstance(value.get("domain"), str):
        return product_urn(value["domain"], value["name"]), None, None
    name = value["name"]
    return None, name if value.get("kind") == "Domain" else None, name if value.get("kind") == "Policy" else None


def item_of(document: Document) -> Item:
    """Raises `UserFaults`."""
    if isinstance(document.value, Unreadable):
        raise fault("", document.value.message)
    if not isinstance(document.value, dict):
        raise fault("", "A document is a JSON object.")
    lost = storable_fault(document.value)
    if lost is not None:
        raise UserFaults([UserFault(UserErrorCode.INVALID_INPUT, lost.message, ("input", *lost.path))])
    kind = document.value.get("kind")
    emptied = EMPTIED.get(kind, ()) if isinstance(kind, str) else ()
    payload = {key: value for key, value in document.value.items() if value is not None or key in emptied}
    payload |= named_plainly(payload)
    payload.pop("kind", None)
    if kind == "Domain":
        return domain_of(document.at, payload)
    if kind == "DataProduct":
        return product_of(document.at, payload)
    if kind == "Dependency":
        return edge_of(document.at, payload)
    if kind == "Policy":
        return policy_of(document.at, payload)
    if kind == "Waiver":
        return waiver_of(document.at, payload)
    if kind == "Template":
        return template_of(document.at, payload)
    advice = f"Each document has a `kind`, one of {', '.join(KINDS)}"
    raise fault("kind", f"{advice}; this has none." if kind is None else f"{advice}; got {str(kind)[:100]!r}.")


def named_plainly(payload: dict[str, Any]) -> dict[str, str]:
    """The urns in it that name a product, as the graph has them."""
    return {key: plain_urn(payload[key]) for key in NAMING if isinstance(payload.get(key), str)}


def domain_of(at: str, payload: dict[str, Any]) -> DomainItem:
    faults = validation.Faults()
    domain = input_of(faults, DomainInput, payload)
    if domain is not None:
        collected(faults, lambda: domain_register.plan(domain))
    faults.raise_any()
    assert domain is not None
    return DomainItem(at, domain, frozenset(payload))


def product_of(at: str, payload: dict[str, Any]) -> ProductItem:
    faults = validation.Faults()
    payload = well_shaped(faults, payload, ("input",))
    said = frozenset(payload)
    edges = payload.pop("dependencies", [])
    history = payload.pop("contractHistory", [])
    origin = collected(faults, lambda: origin_of(payload.pop("template", None)))
    schedules = checked_schedules(faults, payload.pop("qualitySchedules", None))
    status = payload.pop("status", ProductStatus.DEVELOPMENT)
    if status not in ProductStatus.__members__ or status == ProductStatus.RETIRED:
        statuses = [one for one in ProductStatus if one != ProductStatus.RETIRED]
        faults.add(("input", "status"), f"A status is one of {', '.join(statuses)}.")
    successor, sunset = succession_of(faults, payload, str(status))
    unbound = payload.get("contract", {}).get("binding") is False
    if "contract" in payload:
        stated = collected(faults, lambda: stated_contract(payload.pop("contract")))
        payload |= {"contract": stated} if stated else {}
    product = input_of(faults, ProductInput, payload)
    draft = collected(faults, lambda: check_product(product)) if product else None
    fields = collected(faults, lambda: fields_of(draft.contract if draft else None))
    past = past_contracts(faults, history, draft.contract if draft else None)
    own = product_urn(str(payload.get("domain")), str(payload.get("name")))
    own_edges = inline_edges(faults, at, own, edges)
    faults.raise_any()
    assert draft is not None
    life = {"status": str(status), "successor": successor, "sunset": sunset}
    draft = draft._replace(product=draft.product._replace(**life))
    return ProductItem(at, draft, said, fields or (), own_edges, past, unbound, origin, schedules)


def origin_of(payload: dict[str, Any] | None) -> Origin | None:
    if payload is None:
        return None
    name, version = payload.get("name"), payload.get("version")
    if set(payload) != {"name", "version"} or not (isinstance(name, str) and isinstance(version, str)):
        raise fault("template", "Give the name and the version of a template, and nothing else.")
    faults = validation.Faults()
    validation.name(faults, name, ("input", "template", "name"))
    validation.version(faults, version, ("input", "template", "version"))
    faults.raise_any()
    return Origin(name, version)


def checked_schedules(faults: validation.Faults, payload: list[dict[str, Any]] | None) -> dict[str, str] | None:
    """Durations by access point. That the product has these is seen when they are written."""
    if payload is None:
        return None
    schedules: dict[str, str] = {}
    for place, one in enumerate(payload):
        path = ("input", "qualitySchedules", str(place))
        point, every = one.get("accessPoint"), one.get("every")
        if set(one) != {"accessPoint", "every"} or not (isinstance(point, str) and isinstance(every, str)):
            faults.add(path, 'Give an access point and a duration, {"accessPoint": "batch", "every": "PT6H"}.')
        elif point in schedules:
            faults.add(path, f"The access point '{point[:64]}' has a schedule already.")
        else:
            collected(faults, lambda every=every, path=path: span_of(every, (*path, "every")))
            schedules[point] = every
    return schedules


def succession_of(faults: validation.Faults, payload: dict[str, Any], status: str) -> tuple[str | None, str | None]:
    """Taken out of `payload`. A sunset may have passed meanwhile: the document says what is."""
    successor, sunset = payload.pop("successor", None), payload.pop("sunset", None)
    for key, value in (("successor", successor), ("sunset", sunset)):
        if value is not None and status != ProductStatus.DEPRECATED:
            faults.add(("input", key), "Only a product whose status is DEPRECATED has this.")
    if sunset is not None:
        sunset = collected(faults, lambda: succession.parse_sunset(sunset, ("input", "sunset")))
    if successor is not None:
        check_name(faults, successor, ("input", "successor"))
    return successor, sunset


# What `without` may name: what a domain fills in and a contract may do without.
OPTIONAL = ("classification", "retention", "sla", "quality")


def stated_contract(payload: dict[str, Any]) -> dict[str, Any]:
    """The contract with what `without` names stated to be nothing, which no default of the domain fills then."""
    stated = dict(payload)
    if stated.pop("binding", False) is not False:
        raise fault("contract", "`binding` is false, or left out.", UserErrorCode.INVALID_CONTRACT)
    without = stated.pop("without", None) or []
    names = without if isinstance(without, list) else [without]
    wrong = [name for name in names if name not in OPTIONAL or stated.get(name)]
    if wrong:
        message = f"`without` names what the contract leaves out of {', '.join(OPTIONAL)}; not {wrong[0]!r:.50}."
        raise fault("contract", message, UserErrorCode.INVALID_CONTRACT)
    return stated | {WITHOUT: tuple(names)} if names else stated


def past_contracts(
    faults: validation.Faults, payload: list[dict[str, Any]], current: ContractSpec | None
) -> tuple[PastContract, ...]:
    """The oldest first; each is whole in itself, older than the product's contract, and given once."""
    contracts: dict[str, PastContract] = {}
    for place, one in enumerate(payload):
        at = ("input", "contractHistory", str(place))
        spec = collected(faults, lambda one=one, at=at: contract_spec(one, at))
        if spec is None:
            continue
        if current is None or not is_higher(current.version, spec.version) or spec.version in contracts:
            message = "An older version is given once, beside the contract that came after it."
            faults.add((*at, "version"), message)
            continue
        fields = collected(faults, lambda spec=spec: fields_of(spec))
        contracts[spec.version] = PastContract(spec, fields or ())
    return tuple(sorted(contracts.values(), key=lambda past: Version.parse(past.spec.version)))


def collected(faults: validation.Faults, make: Any) -> Any:
    try:
        return make()
    except UserFaults as several:
        faults.extend(several)
    except UserFault as one:
        faults.found.append(one)
    return None


def fields_of(contract: ContractSpec | None) -> tuple[FieldSpec, ...]:
    if contract is None:
        return ()
    try:
        return tuple(derive_fields(contract.json_schema))
    except TooManyFields as error:
        raise fault("contract", str(error), UserErrorCode.INVALID_CONTRACT) from None


def inline_edges(faults: validation.Faults, at: str, consumer: str, payload: Any) -> tuple[EdgeItem, ...]:
    if len(payload) > dependency_edges.MAX_DEPENDENCIES:
        most = dependency_edges.MAX_DEPENDENCIES
        faults.add(("input", "dependencies"), f"At most {most} dependencies; give more as documents of their own.")
        return ()
    return tuple(
        edge
        for place, one in enumerate(payload)
        if (edge := checked_edge(faults, at, consumer, one, ("input", "dependencies", str(place)), True))
    )


def edge_of(at: str, payload: dict[str, Any]) -> EdgeItem:
    faults = validation.Faults()
    consumer = payload.pop("consumer", None)
    check_name(faults, consumer, ("input", "consumer"))
    edge = checked_edge(faults, at, consumer, payload, ("input",))
    faults.raise_any()
    assert edge is not None
    return edge


def checked_edge(
    faults: validation.Faults,
    at: str,
    consumer: Any,
    payload: dict[str, Any],
    path: validation.Path,
    inline: bool = False,
) -> EdgeItem | None:
    stated = {key: value for key, value in payload.items() if value is not None or key in EMPTIED["Dependency"]}
    stated |= named_plainly(stated)
    if "dependencyKind" in stated:  # `kind` says what a document of its own is
        stated["kind"] = stated.pop("dependencyKind")
    origin = stated.pop("origin", None)
    if origin not in (None, *EdgeOrigin.__members__):
        faults.add((*path, "origin"), f"An origin is one of {', '.join(EdgeOrigin)}.")
    said = frozenset(key for key in (*stated, "origin" if origin else "") if key not in ("", "provider"))
    dependency = input_of(faults, DependencyInput, stated, path)
    if dependency is None:
        return None
    provider = dependency.provider or ""
    if not check_name(faults, provider, (*path, "provider")):
        return None
    spec = dependency_edges.checked_edge(faults, consumer, provider, dependency, path, (*path, "provider"))
    return EdgeItem(at, consumer, spec, inline, said, origin)


def policy_of(at: str, payload: dict[str, Any]) -> PolicyItem:
    faults = validation.Faults()
    payload = well_shaped(faults, payload, ("input",))
    rule = payload.get("rule", {})
    instant(faults, payload, "effectiveFrom")
    for key, shape in (("builtin", dict), ("expression", str), ("graphPattern", str)):
        if not isinstance(rule.get(key, shape()), shape):
            faults.add(("input", "rule", key), f"Give {'an object' if shape is dict else 'text'}.")
            rule = {"expression": "true"}  # so that the rest is checked
    payload["rule"] = {"graph_pattern" if key == "graphPattern" else key: value for key, value in rule.items()}
    policy = input_of(faults, PolicyInput, payload)
    if policy is not None:
        collected(faults, lambda: check_definition(policy))
        if policy.product is not None:
            check_name(faults, policy.product, ("input", "product"))
    faults.raise_any()
    assert policy is not None
    return PolicyItem(at, policy)


class WaiverInput(NamedTuple):
    """As a document has it."""

    policy: str
    product: str
    reason: str
    expires_at: str
    policy_domain: str | None = None
    policy_product: str | None = None


def waiver_of(at: str, payload: dict[str, Any]) -> WaiverItem:
    faults = validation.Faults()
    payload = well_shaped(faults, payload, ("input",))
    instant(faults, payload, "expiresAt")
    waiver = input_of(faults, WaiverInput, payload)
    if waiver is not None:
        validation.text(faults, waiver.reason, ("input", "reason"), waiver_grant.MAX_REASON)
        check_name(faults, waiver.product, ("input", "product"))
        if waiver.policy_product is not None:
            check_name(faults, waiver.policy_product, ("input", "policyProduct"))
    faults.raise_any()
    assert waiver is not None
    scope = (waiver.policy_domain, waiver.policy_product)
    return WaiverItem(at, waiver.policy, *scope, waiver.product, waiver.reason.strip(), waiver.expires_at)


def template_of(at: str, payload: dict[str, Any]) -> TemplateItem:
    faults = validation.Faults()
    template = input_of(faults, TemplateInput, payload)
    if template is not None:
        collected(faults, lambda: template_register.check(template))
    faults.raise_any()
    assert template is not None
    return TemplateItem(at, template)


def instant(faults: validation.Faults, payload: dict[str, Any], key: str) -> None:
    """Replaces the instant by its text as the graph keeps it."""
    if key in payload:
        try:
            payload[key] = clock.parse(payload[key])
        except ValueError as error:
            faults.add(("input", key), str(error))


def check_name(faults: validation.Faults, name: Any, path: validation.Path) -> bool:
    if isinstance(name, str) and (name.startswith("urn:") or prefix_of(name) is Prefix.PRODUCT):
        return True
    faults.add(path, "Name a data product by its urn, urn:mesh:<domain>:<name>, or by its id.")
    return False


def input_of(
    faults: validation.Faults, kind: type[Input], payload: dict[str, Any], path: validation.Path = ("input",)
) -> Input | None:
    """The input with the document's values; the API's names become the records' names. What is wrong is noted, and the
    rest taken, so that it is checked too; None when something is missing."""
    names = {camel(field): field for field in kind._fields}
    unknown = sorted(payload.keys() - names.keys())
    missing = sorted(names.keys() - payload.keys() - {camel(field) for field in kind._field_defaults})
    shaped = well_shaped(faults, payload, path)
    reported = {fault.field for fault in faults.found}  # what has another shape is not missing
    missing = [key for key in missing if (*path, key) not in reported]
    if unknown or missing:
        words = [f"does not know {', '.join(with_suggestion(key, names) for key in unknown)}"] * bool(unknown)
        words += [f"lacks {', '.join(missing)}"] * bool(missing)
        faults.add(path, f"The document {' and '.join(words)}.")
    values = {names[key]: value for key, value in shaped.items() if key in names}
    complete = all(field in values or field in kind._field_defaults for field in kind._fields)
    return kind(**values) if complete else None


def with_suggestion(key: str, allowed: Iterable[str]) -> str:
    """An unknown key with the one that was perhaps meant."""
    meant = get_close_matches(key, [one for one in allowed if one != key], 1)
    return f"{key[:100]} (is it {meant[0]}?)" if meant else key[:100]


def well_shaped(faults: validation.Faults, payload: dict[str, Any], path: validation.Path) -> dict[str, Any]:
    """What of the document has the shape that GraphQL would see to; the rest is noted."""
    fields = {}
    for key, value in payload.items():
        shape, words = SHAPES.get(key, (str, "text") if key in TEXTS else (object, "anything"))
        right = isinstance(value, shape)
        if right and isinstance(value, list) and words.endswith("objects"):
            right = all(isinstance(one, dict) for one in value)
        if right or value is None:
            fields[key] = value
        else:
            faults.add((*path, key), f"Give {words}.")
    return fields


def fault(key: str, message: str, code: UserErrorCode = UserErrorCode.INVALID_INPUT) -> UserFaults:
    return UserFaults([UserFault(code, message, ("input", key) if key else ("input",))])


def reason(at: str, fault: UserFault, name: str = "") -> str:
    path = ".".join(part for part in fault.field if part != "input")
    return ": ".join(part for part in (f"{at} {name}".strip(), path, fault.message) if part)


def name_of(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    names = (value.get(key) for key in ("kind", "domain", "name", "consumer", "provider"))
    return " ".join(str(name)[:200] for name in names if name)
