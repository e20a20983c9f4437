"""Differences between contracts outside their schemas: format, classification, retention, service levels, quality."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from resolvers.contracts.changes import Change, change
from resolvers.contracts.quality_rules import OPERATORS
from resolvers.contracts.service_levels import Better, Level, direction_of, meets, split_metric
from resolvers.contracts.spec import ContractSpec, QualityRequirement, ServiceLevel
from resolvers.model.records import Classification

ORDER = list(Classification)


def diff_terms(old: ContractSpec, new: ContractSpec) -> Iterator[Change]:
    if old.format != new.format:
        what = f"The format went from {old.format} to {new.format}."
        yield change("format_changed", ("format",), what, old.format, new.format)
    yield from classification(old.classification, new.classification)
    yield from retention(old.retention and old.retention.days, new.retention and new.retention.days)
    yield from levels(old.sla, new.sla)
    yield from qualities(old.quality, new.quality)
    if old.semantic_model != new.semantic_model:
        what = "The semantic model is described anew."
        yield change("semantic_model_changed", ("semanticModel",), what, old.semantic_model, new.semantic_model)


def classification(old: Classification | None, new: Classification | None) -> Iterator[Change]:
    if old == new:
        return
    if old is None or new is None:
        rule = "classification_added" if old is None else "classification_removed"
    else:
        rule = "classification_raised" if ORDER.index(new) > ORDER.index(old) else "classification_lowered"
    what = f"The classification went from {old or 'none'} to {new or 'none'}."
    yield change(rule, ("classification",), what, old, new)


def retention(old: int | None, new: int | None) -> Iterator[Change]:
    if old == new:
        return
    if old is None or new is None:
        rule = "retention_added" if old is None else "retention_removed"
    else:
        rule = "retention_shortened" if new < old else "retention_extended"
    what = f"The retention went from {days(old)} to {days(new)}."
    yield change(rule, ("retention",), what, old, new)


def days(count: int | None) -> str:
    return "none" if count is None else f"{count:,} days"


def levels(old: tuple[ServiceLevel, ...], new: tuple[ServiceLevel, ...]) -> Iterator[Change]:
    before = {split_metric(level.metric)[0]: level for level in old}
    after = {split_metric(level.metric)[0]: level for level in new}
    for key, level in before.items():
        path = ("sla", level.metric)
        if key not in after:
            yield change("sla_removed", path, f"Service level '{level.metric}' was removed.", level_text(level), None)
        elif (rule := compare_levels(level, after[key])) is not None:
            what = f"Service level '{level.metric}' went from {level_text(level)} to {level_text(after[key])}."
            yield change(rule, path, what, level_text(level), level_text(after[key]))
    for key, level in after.items():
        if key not in before:
            what = f"Service level '{level.metric}' of {level_text(level)} was added."
            yield change("sla_added", ("sla", level.metric), what, None, level_text(level))


def compare_levels(old: ServiceLevel, new: ServiceLevel) -> str | None:
    """The rule that describes the step from `old` to `new`; None when they promise the same."""
    better = old.better or direction_of(old.metric) or Better.HIGHER
    before = Level(old.target, old.unit or split_metric(old.metric)[1])
    after = Level(new.target, new.unit or split_metric(new.metric)[1])
    kept, not_better = meets(after, before, better), meets(before, after, better)
    if kept is None or not_better is None or new.better != old.better:
        return "sla_changed"
    if kept and not_better:
        return None
    return "sla_tightened" if kept else "sla_loosened"


def level_text(level: ServiceLevel) -> str:
    return f"{level.target:g}{' ' + level.unit if level.unit else ''}"


def qualities(old: tuple[QualityRequirement, ...], new: tuple[QualityRequirement, ...]) -> Iterator[Change]:
    before, after = ({rule.key: rule for rule in side} for side in (old, new))
    for key, rule in before.items():
        path = ("quality", rule.dimension)
        if key not in after:
            yield change(
                "quality_removed", path, f"Quality '{quality_name(rule)}' was removed.", quality_text(rule), None
            )
        elif after[key] != rule:
            worse = is_worse(rule, after[key])
            what = f"Quality '{quality_name(rule)}' went from {quality_text(rule)} to {quality_text(after[key])}."
            name = "quality_loosened" if worse else "quality_tightened"
            yield change(name, path, what, quality_text(rule), quality_text(after[key]))
    for key, rule in after.items():
        if key not in before:
            what = f"Quality '{quality_name(rule)}' ({quality_text(rule)}) was added."
            yield change("quality_added", ("quality", rule.dimension), what, None, quality_text(rule))


def quality_name(entry: QualityRequirement) -> str:
    identity = entry.rule.get("id") if entry.rule else None
    return f"{entry.dimension}, rule {identity}" if identity else entry.dimension


def is_worse(old: QualityRequirement, new: QualityRequirement) -> bool:
    """One part that is worse is enough, whatever the others gained."""
    lower = old.threshold is not None and (new.threshold is None or new.threshold < old.threshold)
    later = old.max_delay is not None and (new.max_delay is None or seconds(new.max_delay) > seconds(old.max_delay))
    return lower or later or rule_is_worse(old.rule or {}, new.rule or {})


def rule_is_worse(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether data may keep the new rule and not the old one. A bound that moved inwards is known not to be worse."""
    if old == new:
        return False
    bounds = [name for name in OPERATORS if name in old and name in new]
    rest = [
        {key: value for key, value in rule.items() if key not in (*OPERATORS, "description")} for rule in (old, new)
    ]
    if rest[0] != rest[1] or not bounds:
        return True
    before, after = old[bounds[0]], new[bounds[0]]
    if before == after:
        return False
    if bounds[0] in ("mustBeLessThan", "mustBeLessOrEqualTo"):
        return after > before
    if bounds[0] in ("mustBeGreaterThan", "mustBeGreaterOrEqualTo"):
        return after < before
    if bounds[0] == "mustBeBetween":
        return after[0] < before[0] or after[1] > before[1]
    return True


DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def seconds(duration: str) -> float:
    match = DURATION.fullmatch(duration)
    parts = match.groups() if match else ()
    return sum(float(part or 0) * unit for part, unit in zip(parts, (86_400, 3_600, 60, 1), strict=False))


def quality_text(rule: QualityRequirement) -> str:
    parts = [f"at least {rule.threshold:g}"] if rule.threshold is not None else []
    parts += [f"at most {rule.max_delay} late"] if rule.max_delay is not None else []
    parts += [rule_text(rule.rule)] if rule.rule is not None else []
    return ", ".join(parts) or "no measure"


def rule_text(rule: Mapping[str, Any]) -> str:
    bounds = [f"{name} {rule[name]}" for name in OPERATORS if rule.get(name) is not None]
    unit = [rule["unit"]] if rule.get("unit") == "percent" else []
    said = [rule[key] for key in ("property", "query", "condition", "expression") if rule.get(key)]
    return " ".join([rule["metric"], *said, *bounds, *unit])
