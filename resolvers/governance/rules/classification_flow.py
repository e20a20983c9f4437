"""A product is at least as protected as what it takes from each provider.

What a product takes is determined by column lineage; without it, by the fields that the dependency declares; without
them, it is the whole provider. The classification of a field takes precedence over that of its contract. With column
lineage, a field must also be at least as protected as the fields it derives from.
"""

from collections.abc import Iterable, Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need, Neighbour, ProductFacts, SourceField
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Reach, Rule
from resolvers.model.records import Classification, ProductType
from resolvers.writes.judgement import Aspect

NAMED = 5
_PLACES = {level.value: place for place, level in enumerate(Classification)}


def rank(level: str | None) -> int:
    """Higher is more protected; no classification ranks below all."""
    return -1 if level is None else _PLACES[level]


class ClassificationFlow(Parameters):
    except_types: tuple[ProductType, ...] = Field(
        (),
        max_length=len(ProductType),
        description="Types of products that may be less protected, such as AGGREGATE where counts identify no one.",
    )


def check(facts: Facts, parameters: ClassificationFlow) -> Iterator[Finding]:
    if facts.product.record.type in parameters.except_types:
        return
    for neighbour in facts.providers:
        fields = [source for source in facts.sources if source.source_id == neighbour.product.id]
        yield from _dropped_fields(facts, neighbour, fields) if fields else _dropped_product(facts, neighbour)


def _dropped_fields(facts: Facts, neighbour: Neighbour, fields: Iterable[SourceField]) -> Iterator[Finding]:
    """By column lineage: each field that arrives less protected than it left."""
    provider = neighbour.product
    drops = []
    for source in fields:
        left = source.source_classification or provider.classification
        arrived = min(source.classification or facts.product.classification, facts.product.classification, key=rank)
        if _is_drop(left, arrived):
            drops.append({"from": source.source_field, "to": source.field, "was": left, "is": arrived})
    if drops:
        named = ", ".join(f"{drop['from']} ({drop['was']}) as {drop['to']}" for drop in drops[:NAMED])
        more = f" and {len(drops) - NAMED} more" if len(drops) > NAMED else ""
        message = f"{_level(facts.product)} takes {named}{more} from {provider.urn}."
        yield Finding(message, (provider.id,), {"provider": provider.urn, "fields": drops})


def _dropped_product(facts: Facts, neighbour: Neighbour) -> Iterator[Finding]:
    """Without column lineage: the declared fields, or the provider as a whole."""
    provider, used = neighbour.product, neighbour.fields
    fields = provider.contract.fields if provider.contract else ()
    taken = {
        field.path: field.classification or provider.classification
        for field in fields
        if used is None or any(_within(field.path, path) for path in used)
    }
    if used is None or not taken:
        taken = {**taken, "": provider.classification}
    level = max(taken.values(), key=rank)
    if not _is_drop(level, facts.product.classification):
        return
    named = sorted(path for path, one in taken.items() if path and one == level and one != provider.classification)
    named = named if used is None else sorted(path for path, one in taken.items() if path and one == level)
    evidence = {"provider": provider.urn, "was": level, "is": facts.product.classification, "fields": named}
    what = f"{', '.join(named[:NAMED])} ({level}) of {provider.urn}" if named else f"{provider.urn}, which is {level}"
    yield Finding(f"{_level(facts.product)} takes {what}.", (provider.id,), evidence)


def _within(path: str, used: str) -> bool:
    return path == used or (path.startswith(used) and path[len(used)] in ".[{")


def _is_drop(left: str | None, arrived: str | None) -> bool:
    """A product without a classification may read only PUBLIC data."""
    return rank(left) > max(rank(arrived), 0)


def _level(product: ProductFacts) -> str:
    return (
        f"The product is {product.classification} and" if product.classification else "The product is unclassified and"
    )


RULE = Rule(
    "classification_flow",
    check,
    {
        Aspect.CONTRACT: frozenset({Reach.SELF, Reach.CONSUMERS}),
        Aspect.EDGES: SELF,
        Aspect.PRODUCT: SELF,  # its type may be excepted
    },
    ClassificationFlow,
    frozenset({Need.PROVIDERS, Need.PROVIDER_FIELD_TERMS, Need.SOURCES}),
    single=True,
)
