"""Defaults of a domain for contracts and products that omit a value: classification, retention, service levels,
quality, format, access points. Stored as JSON on the domain; values by product name take precedence.

The domain's business rules are stored with them.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from resolvers.contracts.binding_defaults import BindingDefault, looser_terms
from resolvers.contracts.infrastructure_settings import DEFAULT_SETTINGS, InfrastructureSettings
from resolvers.contracts.quality_rules import MAX_RULES, BusinessRule, twice
from resolvers.contracts.spec import (
    FORMAT,
    STORED,
    ContractSpec,
    QualityRequirement,
    Retention,
    ServiceLevel,
    check_named_once,
    contract_spec,
)
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.naming import camel
from resolvers.model.records import AccessKind, Classification
from resolvers.writes import validation

MAX_NAMED = 1_000


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=camel, populate_by_name=True, allow_inf_nan=False
    )


class AccessPattern(_Part):
    """`uri` may hold `{domain}` and `{name}`, which stand for the product's."""

    kind: AccessKind
    uri: Annotated[str, Field(min_length=1, max_length=validation.MAX_URI)]


class DomainDefaults(_Part):
    classification: Classification | None = None
    classification_by_product: Annotated[dict[str, Classification], Field(max_length=MAX_NAMED)] = {}
    retention: Retention | None = None
    retention_by_product: Annotated[dict[str, Retention], Field(max_length=MAX_NAMED)] = {}
    sla: tuple[ServiceLevel, ...] = ()
    quality: tuple[QualityRequirement, ...] = ()
    format: str | None = None
    access_points: tuple[AccessPattern, ...] = ()
    infrastructure: InfrastructureSettings = DEFAULT_SETTINGS
    binding: tuple[BindingDefault, ...] = ()
    business_rules: Annotated[tuple[BusinessRule, ...], Field(max_length=MAX_RULES)] = ()

    @field_validator("classification_by_product", "retention_by_product", mode="before")
    @classmethod
    def _by_name(cls, raw: Any) -> Any:
        """The API lists `{product, classification}` and `{product, days}`; the graph keeps them by the name."""
        return by_product(raw) if isinstance(raw, list) else raw

    @model_validator(mode="after")
    def _named_once(self, info: ValidationInfo) -> "DomainDefaults":
        if info.context != STORED:
            check_named_once(self.sla, self.quality)
            if repeated := twice(rule.id for rule in self.business_rules):
                raise ValueError(f"businessRules names the same more than once: {', '.join(repeated)}")
        return self

    @field_validator("format")
    @classmethod
    def _format(cls, name: str | None) -> str | None:
        if name is not None and not FORMAT.fullmatch(name.lower()):
            raise ValueError("must be a short name such as json, avro, parquet, csv or protobuf")
        return name and name.lower()


def by_product(raw: list[Any]) -> dict[str, Any]:
    """Raises ValueError for what is not a list of `{product, …}`, or names a product twice."""
    rules_by_product: dict[str, Any] = {}
    for one in raw:
        said = dict(one) if isinstance(one, Mapping) else {}
        name = said.pop("product", None)
        if not isinstance(name, str) or name in rules_by_product:
            raise ValueError("must name each product once, e.g. [{product: orders, …}]")
        rules_by_product[name] = said["classification"] if set(said) == {"classification"} else said
    return rules_by_product


def parse_defaults(raw: Mapping[str, Any] | None, at: validation.Path) -> DomainDefaults:
    """`raw` has the keys of DomainDefaultsInput, camelCase or snake_case. Raises `UserFaults` with every fault."""
    try:
        defaults = DomainDefaults.model_validate(
            {key: value for key, value in (raw or {}).items() if value is not None}
        )
    except ValidationError as error:
        raise UserFaults([_fault(detail, at) for detail in error.errors(include_url=False)]) from None
    faults = validation.Faults()
    patterns = [_filled(pattern, "domain", "name") for pattern in defaults.access_points]
    validation.access_points(faults, patterns, (*at, "accessPoints"))
    faults.raise_any()
    return defaults


def parse_business_rules(raw: Any, at: validation.Path) -> tuple[BusinessRule, ...]:
    """`raw` is a list of `{id, description, sql, cel, products}`, or None. Raises `UserFaults` with every fault."""
    try:
        return DomainDefaults.model_validate({"business_rules": raw or ()}).business_rules
    except ValidationError as error:
        problems = error.errors(include_url=False)
        raise UserFaults([_fault({**one, "loc": one["loc"][1:]}, at) for one in problems]) from None


def with_business_rules(stored: str, rules: tuple[BusinessRule, ...]) -> str:
    """The stored defaults with these rules."""
    return to_json(from_json(stored).model_copy(update={"business_rules": rules}))


def _fault(detail: Mapping[str, Any], at: validation.Path) -> UserFault:
    path = (*at, *(camel(str(part)) for part in detail["loc"]))
    return UserFault(UserErrorCode.INVALID_INPUT, detail["msg"].removeprefix("Value error, "), path)


def to_json(defaults: DomainDefaults) -> str:
    return defaults.model_dump_json(by_alias=True, exclude_defaults=True)


def from_json(stored: str) -> DomainDefaults:
    return DomainDefaults.model_validate_json(stored or "{}", context=STORED)


# The key under which an import gives the names of what a contract does without, whatever its domain has.
WITHOUT = "#without"
# Stands in a checked contract for a format that its giver left to the domain.
UNSTATED = "unstated"


def contract_of(raw: Mapping[str, Any], at: validation.Path) -> ContractSpec:
    """The contract checked before its domain is known: `fill_contract` completes it. Null counts as left out."""
    said = {key: value for key, value in raw.items() if value is not None and key != WITHOUT}
    nothing = {name: [] if name in ("sla", "quality") else None for name in raw.get(WITHOUT, ())}
    return contract_spec({"format": UNSTATED, **said, **nothing}, at)


def fill_contract(spec: ContractSpec, defaults: DomainDefaults, product: str, at: validation.Path) -> ContractSpec:
    """`spec` with the domain's values for what it leaves out; an empty list says "none" and stays.

    Raises `UserFault` when neither names a format, `UserFaults` for terms that are looser than a binding default.
    """
    filled = values_for(defaults, product)
    left_out = {key: value for key, value in filled.items() if value and not _says(spec, key)}
    if spec.format == UNSTATED and "format" not in left_out:
        raise UserFault(
            UserErrorCode.INVALID_CONTRACT, "Name a format, e.g. json; the domain has no default.", (*at, "format")
        )
    complete = spec.filled(left_out)
    if looser := looser_than_binding(complete, defaults, product, at):
        raise UserFaults(looser)
    return complete


def looser_than_binding(
    spec: ContractSpec, defaults: DomainDefaults, product: str, at: validation.Path = ()
) -> list[UserFault]:
    """One fault for each term of `spec`, which is complete, that is looser than a binding default."""
    filled = values_for(defaults, product)
    terms = (filled["classification"], filled["retention"], defaults.sla, defaults.quality)
    return looser_terms(spec, defaults.binding, *terms, at)


def unbound(defaults: DomainDefaults) -> DomainDefaults:
    """The defaults, of which none is binding."""
    return defaults.model_copy(update={"binding": ()})


def values_for(defaults: DomainDefaults, product: str) -> dict[str, Any]:
    """What the domain fills into a contract of the product of that name, by the fields of `ContractSpec`."""
    return {
        "format": defaults.format,
        "classification": defaults.classification_by_product.get(product, defaults.classification),
        "retention": defaults.retention_by_product.get(product, defaults.retention),
        "sla": defaults.sla,
        "quality": defaults.quality,
    }


def _says(spec: ContractSpec, key: str) -> bool:
    return spec.format != UNSTATED if key == "format" else key in spec.model_fields_set


def fill_access_points(defaults: DomainDefaults, domain: str, product: str) -> list[dict[str, str]]:
    return [_filled(pattern, domain, product) for pattern in defaults.access_points]


def _filled(pattern: AccessPattern, domain: str, product: str) -> dict[str, str]:
    return {"kind": pattern.kind.value, "uri": pattern.uri.replace("{domain}", domain).replace("{name}", product)}
