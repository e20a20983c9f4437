"""Contract specification of a publisher, validated and with all defaults filled in."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from resolvers.contracts.json_schema import check_json_schema
from resolvers.contracts.quality_rules import rule_key, rule_problem, twice
from resolvers.contracts.service_levels import Better, direction_of, split_metric
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.json_values import storable_fault
from resolvers.model.naming import camel
from resolvers.model.records import Classification
from resolvers.model.versions import version_problem

DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
FORMAT = re.compile(r"[a-z0-9][a-z0-9+._/-]{0,63}")
Name = Annotated[str, Field(min_length=1, max_length=128)]
# The validation context of what the graph holds: it was checked when it came, by the rules of that time.
STORED = "stored"


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=camel, populate_by_name=True, allow_inf_nan=False
    )


class Retention(_Part):
    days: Annotated[int, Field(ge=1, le=36_525)]


class ServiceLevel(_Part):
    """`target` in `unit` (ms, s, min, h, d, %, or none for a plain number such as a ratio)."""

    metric: Name
    target: Annotated[float, Field(ge=0)]
    unit: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    better: Better | None = None

    @model_validator(mode="after")
    def _with_direction(self) -> "ServiceLevel":
        direction = direction_of(self.metric)
        if direction is None and self.better is None:
            raise ValueError(f"'{self.metric}' is not a known metric: set `better` to HIGHER or LOWER")
        if direction is not None and self.better not in (None, direction):
            raise ValueError(f"'{self.metric}' is better {direction.value}; leave `better` out or correct it")
        return self if self.better else self.model_copy(update={"better": direction})


class QualityRequirement(_Part):
    """`threshold` is the least share (0 to 1) of data that meets the dimension; `max_delay` is an ISO 8601 duration."""

    dimension: Name
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    max_delay: str | None = None
    rule: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        return rule_key(self.dimension, self.rule)

    @field_validator("rule")
    @classmethod
    def _rule(cls, rule: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        if rule is not None and info.context != STORED:
            lost = storable_fault(rule)
            if problem := lost.message if lost else rule_problem(rule):
                raise ValueError(problem)
        return rule

    @field_validator("max_delay")
    @classmethod
    def _duration(cls, duration: str | None) -> str | None:
        if duration is not None and not DURATION.fullmatch(duration):
            raise ValueError("must be an ISO 8601 duration, e.g. PT4H for four hours or P1DT12H")
        return duration


def check_named_once(sla: Iterable[ServiceLevel], quality: Iterable[QualityRequirement]) -> None:
    """Raises ValueError for two levels of one metric, which `latency_ms` and `latency` are, or one dimension or rule
    twice."""
    metrics = [(split_metric(level.metric)[0], level.metric) for level in sla]
    entries = list(quality)
    dimensions = [(entry.key, entry.dimension) for entry in entries]
    dimensions += [
        (f"rule {entry.rule['id']}", entry.rule["id"]) for entry in entries if entry.rule and entry.rule.get("id")
    ]
    for part, keyed in (("sla", metrics), ("quality", dimensions)):
        repeated = twice(key for key, _ in keyed)
        if repeated:
            names = dict.fromkeys(name for key, name in keyed if key in repeated)
            raise ValueError(f"{part} names the same more than once: {', '.join(names)}")


class ContractSpec(_Part):
    """What `apply_contract` writes. Make it with `contract_spec`, which turns every fault into one clear error."""

    version: str
    format: str
    json_schema: dict[str, Any]
    classification: Classification | None = None
    retention: Retention | None = None
    sla: tuple[ServiceLevel, ...] = ()
    quality: tuple[QualityRequirement, ...] = ()
    semantic_model: dict[str, Any] | None = None
    _inherited: tuple[str, ...] = PrivateAttr(())

    @property
    def inherited(self) -> tuple[str, ...]:
        """Which fields hold the domain's values because the publisher left them out, by name."""
        return self._inherited

    def filled(self, values: Mapping[str, Any]) -> "ContractSpec":
        """The specification with the domain's `values` for omitted fields."""
        whole = self.model_copy(update=dict(values))
        whole._inherited = tuple(sorted(values))
        return whole

    @field_validator("version")
    @classmethod
    def _semantic(cls, version: str) -> str:
        problem = version_problem(version)
        if problem is not None:
            raise ValueError(problem)
        return version

    @field_validator("format")
    @classmethod
    def _format(cls, name: str) -> str:
        if not FORMAT.fullmatch(name.lower()):
            raise ValueError("must be a short name such as json, avro, parquet, csv or protobuf")
        return name.lower()

    @model_validator(mode="after")
    def _named_once(self, info: ValidationInfo) -> "ContractSpec":
        if info.context != STORED:
            check_named_once(self.sla, self.quality)
        return self


def contract_spec(operators: Mapping[str, Any], at: tuple[str, ...] = ("contract",)) -> ContractSpec:
    """`operators` has the keys of DataContractInput, camelCase or snake_case; `at` is its path in the mutation's input.

    Raises `UserFaults` with every fault found and its path.
    """
    schema = operators.get("jsonSchema", operators.get("json_schema"))
    faults = [
        UserFault(UserErrorCode.INVALID_CONTRACT, fault.message, (*at, "jsonSchema", *fault.path))
        for fault in check_json_schema(schema)
    ]
    for key in ("semanticModel", "semantic_model"):
        fault = storable_fault(operators.get(key))
        if fault is not None:
            faults.append(UserFault(UserErrorCode.INVALID_CONTRACT, fault.message, (*at, camel(key), *fault.path)))
    try:
        spec = ContractSpec.model_validate(operators)
    except ValidationError as error:
        faults += [
            fault for fault in _faults(error, at) if not (faults and fault.field[len(at) :][:1] == ("jsonSchema",))
        ]
        raise UserFaults(faults) from None
    if faults:
        raise UserFaults(faults)
    return spec


def _faults(error: ValidationError, at: tuple[str, ...]) -> list[UserFault]:
    return [
        UserFault(
            UserErrorCode.INVALID_CONTRACT,
            detail["msg"].removeprefix("Value error, "),
            (*at, *(camel(str(part)) for part in detail["loc"])),
        )
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    ]
