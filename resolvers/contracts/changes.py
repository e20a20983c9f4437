"""The rules of contract changes: a stable id, a level, and the effect on readers of the data.

A contract is a promise to readers. A change is compatible if code that is correct for everything the old contract
allows is also correct for everything the new one allows. A change is BREAKING if the new contract allows something that
the old one did not, or drops a promise.
"""

from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    COMPATIBLE = "COMPATIBLE"
    BREAKING = "BREAKING"


class Rule(NamedTuple):
    """`bump` is the least part of the version that must rise: major for BREAKING, else minor; patch for mere texts."""

    id: str
    severity: Severity
    why: str
    bump: str


class Change(NamedTuple):
    """`path` is the field's path (`customer.address.city`, `lines[].sku`) in steps, or the part of the contract that
    changed (`sla`, the metric). `field` is the same field path as one text, None when the change concerns the whole.
    `witness` is a document that the new schema allows and the old one does not, None where none was found."""

    rule: str
    path: tuple[str, ...]
    severity: Severity
    message: str
    before: Any
    after: Any
    field: str | None
    witness: Any = None


def _breaking(id: str, why: str) -> Rule:
    return Rule(id, Severity.BREAKING, why, "major")


def _compatible(id: str, why: str, bump: str = "minor") -> Rule:
    return Rule(id, Severity.COMPATIBLE, why, bump)


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        _breaking("field_removed", "Readers of the field find nothing."),
        _compatible("field_added", "Readers ignore fields they do not know."),
        _compatible("required_field_added", "Readers ignore fields they do not know, always there or not."),
        _compatible("field_became_required", "The field is now always there, which readers were already ready for."),
        _breaking("field_became_optional", "Readers that rely on the field being there meet records without it."),
        _breaking("field_became_nullable", "Readers meet null where a value was promised."),
        _compatible("field_became_non_nullable", "A value is now always there, which readers were already ready for."),
        _compatible("type_narrowed", "Every value that can still come was allowed before."),
        _breaking(
            "type_narrowed_physically", "The format stores the type; readers of the old one cannot decode the new."
        ),
        _breaking("type_widened", "Readers receive values of a type that the old contract excluded."),
        _breaking("type_changed", "Readers meet values of another type."),
        _breaking("enum_value_removed", "Readers that select or count the value find nothing from now on."),
        _breaking("enum_value_added", "Readers that handle the listed values meet one they do not know."),
        _compatible("enum_introduced", "Every value that can still come was allowed before."),
        _breaking("enum_dropped", "Readers that handle the listed values meet others."),
        _compatible("constraint_tightened", "Every value that can still come was allowed before."),
        _breaking("constraint_loosened", "Readers meet values outside the bounds they were promised."),
        _breaking("constraint_changed", "The old bound no longer holds and the new one does not imply it."),
        _breaking("composition_changed", "Nothing proves that what can come now was allowed before."),
        _compatible("annotation_changed", "The keyword says nothing about which documents are allowed."),
        _compatible("field_description_changed", "The data stay as they are.", "patch"),
        _breaking("field_classification_raised", "Readers need a right to the field that they may not have."),
        _compatible("field_classification_lowered", "Whoever may read the field now may still read it."),
        _breaking("format_changed", "Readers cannot decode the new format."),
        _breaking("classification_raised", "Readers need a right to the data that they may not have."),
        _compatible("classification_lowered", "Whoever may read the data now may still read them."),
        _breaking("classification_removed", "Readers no longer know how to protect the data."),
        _compatible("classification_added", "Readers learn how to protect the data."),
        _breaking("retention_shortened", "History that readers could count on is gone earlier."),
        _compatible("retention_extended", "History lasts at least as long as before."),
        _breaking("retention_removed", "Readers no longer know how long history lasts."),
        _compatible("retention_added", "Readers learn how long history lasts."),
        _breaking("sla_loosened", "Readers that depend on the level no longer have it."),
        _compatible("sla_tightened", "The level is at least as good as before."),
        _breaking("sla_changed", "The old and the new target cannot be compared, so the old one is not kept."),
        _breaking("sla_removed", "Readers that depend on the level no longer have it."),
        _compatible("sla_added", "A level more is promised."),
        _breaking("quality_loosened", "Readers meet worse data than they were promised."),
        _compatible("quality_tightened", "The data are at least as good as before."),
        _breaking("quality_removed", "Readers no longer have the promised quality."),
        _compatible("quality_added", "A quality more is promised."),
        _compatible("semantic_model_changed", "The data stay as they are; their description changes.", "patch"),
    )
}


def change(
    rule: str,
    path: tuple[str, ...],
    what: str,
    before: Any,
    after: Any,
    field: str | None = None,
    witness: Any = None,
) -> Change:
    definition = RULES[rule]
    return Change(rule, path, definition.severity, f"{what} {definition.why}", before, after, field, witness)
