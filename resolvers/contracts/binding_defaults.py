"""Binding defaults of a domain: its products' contracts may be stricter than these, never looser."""

import re
from collections.abc import Iterator
from enum import StrEnum

from resolvers.contracts.service_levels import Better, Level, meets
from resolvers.contracts.spec import ContractSpec, QualityRequirement, Retention, ServiceLevel
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Classification
from resolvers.writes.validation import Path

DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class BindingDefault(StrEnum):
    """A kind of default that can be binding."""

    CLASSIFICATION = "CLASSIFICATION"
    RETENTION = "RETENTION"
    SLA = "SLA"
    QUALITY = "QUALITY"


def looser_terms(
    spec: ContractSpec,
    binding: tuple[BindingDefault, ...],
    classification: Classification | None,
    retention: Retention | None,
    sla: tuple[ServiceLevel, ...],
    quality: tuple[QualityRequirement, ...],
    at: Path,
) -> list[UserFault]:
    """One fault, with both values, for each term of `spec` that is looser than the domain's."""
    faults: list[UserFault] = []

    def fault(path: Path, message: str) -> None:
        faults.append(UserFault(UserErrorCode.INVALID_CONTRACT, message, (*at, *path)))

    if BindingDefault.CLASSIFICATION in binding and classification is not None:
        order = list(Classification)
        if spec.classification is None or order.index(spec.classification) < order.index(classification):
            offered = spec.classification.value if spec.classification else "none"
            fault(
                ("classification",), f"The classification {offered} is lower than the domain's, {classification.value}."
            )
    if BindingDefault.RETENTION in binding and retention is not None:
        if spec.retention is None:
            fault(("retention",), f"No retention is stated; the domain's is {retention.days} days at most.")
        elif spec.retention.days > retention.days:
            message = f"The retention of {spec.retention.days} days is longer than the domain's, {retention.days} days."
            fault(("retention", "days"), message)
    if BindingDefault.SLA in binding:
        for path, message in _looser_levels(spec.sla, sla):
            fault(("sla", *path), message)
    if BindingDefault.QUALITY in binding:
        for path, message in _looser_quality(spec.quality, quality):
            fault(("quality", *path), message)
    return faults


def _looser_levels(offered: tuple[ServiceLevel, ...], required: tuple[ServiceLevel, ...]) -> Iterator[tuple[Path, str]]:
    by_metric = {level.metric: (str(at), level) for at, level in enumerate(offered)}
    for want in required:
        bound = "at least" if want.better is Better.HIGHER else "at most"
        if want.metric not in by_metric:
            yield (), f"{want.metric} is left out; the domain's is {bound} {_words(want)}."
            continue
        at, level = by_metric[want.metric]
        assert want.better is not None
        verdict = meets(Level(level.target, level.unit), Level(want.target, want.unit), want.better)
        if verdict is None:
            yield (at, "unit"), f"{want.metric} of {_words(level)} does not compare with the domain's {_words(want)}."
        elif not verdict:
            yield (
                (at, "target"),
                f"{want.metric} of {_words(level)} is looser than the domain's {bound} {_words(want)}.",
            )


def _looser_quality(
    offered: tuple[QualityRequirement, ...], required: tuple[QualityRequirement, ...]
) -> Iterator[tuple[Path, str]]:
    by_key = {rule.key: (str(at), rule) for at, rule in enumerate(offered)}
    for want in required:
        if want.key not in by_key:
            yield (), f"{want.dimension} is left out; the domain requires it."
            continue
        at, rule = by_key[want.key]
        if want.threshold is not None and (rule.threshold is None or rule.threshold < want.threshold):
            stated = "none" if rule.threshold is None else f"{rule.threshold:g}"
            message = f"The threshold of {want.dimension}, {stated}, is below the domain's, {want.threshold:g}."
            yield (at, "threshold"), message
        if want.max_delay is not None and (rule.max_delay is None or seconds(rule.max_delay) > seconds(want.max_delay)):
            message = f"The delay of {want.dimension}, {rule.max_delay or 'none'}, is longer than {want.max_delay}."
            yield (at, "maxDelay"), message


def seconds(duration: str) -> float:
    """Of an ISO 8601 duration in days and less."""
    match = DURATION.fullmatch(duration)
    assert match is not None
    parts = [float(part) if part else 0.0 for part in match.groups()]
    return sum(part * unit for part, unit in zip(parts, (86_400, 3_600, 60, 1), strict=True))


def _words(level: ServiceLevel) -> str:
    return f"{level.target:g}" + (f" {level.unit}" if level.unit else "")
