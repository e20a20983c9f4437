"""Federation's `_entities`: resolves references of other subgraphs through the request's loaders.

A representation that cannot be read is an error at its own index; the others are answered. One that names nothing we
have is null. The caller's variables are left as they are.
"""

from asyncio import gather
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from resolvers.graph.keyed_loader import KeyedLoader
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.portions import each, giving_way, mapped
from resolvers.webhooks.read import webhook_loader
from schema.context import Context

MAX_FAULTS = 100

# Each @key with the loader that takes it, by type; the first key that a representation has counts.
Load = Callable[[Context], KeyedLoader[Any]]
Keys = Mapping[str, Mapping[str, Load]]
KEYS: Keys = {
    "AuditEvent": {"id": lambda context: context.loaders.audit_event},
    "ChangeRequest": {"id": lambda context: context.loaders.change_request},
    "DataContract": {"id": lambda context: context.loaders.contract},
    "DataProduct": {
        "id": lambda context: context.loaders.product,
        "urn": lambda context: context.loaders.product_by_urn,
    },
    "Domain": {"id": lambda context: context.loaders.domain, "name": lambda context: context.loaders.domain_by_name},
    "Policy": {"id": lambda context: context.loaders.policy},
    "Waiver": {"id": lambda context: context.loaders.waiver},
    # As `Query.webhook`: an anonymous caller is refused, others see their own.
    "Webhook": {"id": lambda context: context.loaders.once(webhook_loader, context.caller)},
}


def keys_by_name(renamed: Mapping[str, str]) -> Keys:
    """`KEYS` by the names that the types have in a schema whose form renames some."""
    return {renamed.get(name, name): keys for name, keys in KEYS.items()}


async def resolve_entities(context: Context, representations: list[Any], entities: Keys = KEYS) -> list[Any]:
    """Records, None or exceptions, aligned with `representations`; one Cypher for each kind of key."""
    if alike := keys_if_alike(representations, entities):
        loader, names = alike
        answer = (await find(context, {loader: names}))[loader]
        if isinstance(answer, BaseException):
            return failed(answer, len(names))
        return list(map(answer.get, names))
    numbered = list(enumerate(representations))
    places = await giving_way(mapped(lambda some: [place_of(*one, entities) for one in some], numbered))
    refuse_many(places)
    keys_by_load: dict[Load, list[str]] = {}

    def add(some: Iterable[tuple[Load, str] | UserFault]) -> None:
        for place in some:
            if isinstance(place, tuple):
                keys_by_load.setdefault(place[0], []).append(place[1])

    await giving_way(each(add, places))
    records = await find(context, keys_by_load)
    for load, answer in records.items():
        if isinstance(answer, BaseException):
            failed(answer, len(keys_by_load[load]))
    return await giving_way(mapped(lambda some: [answer_at(records, place) for place in some], places))


def failed(error: BaseException, count: int) -> list[Any]:
    """The error for each of `count` representations, raised as one where they are many."""
    if count > MAX_FAULTS:
        raise error
    return [error] * count


def refuse_many(places: Sequence[tuple[Load, str] | UserFault]) -> None:
    """Each error of a response costs more than a product: a request that is mostly malformed is one error."""
    faults = [place for place in places if isinstance(place, UserFault)]
    if len(faults) > MAX_FAULTS:
        message = f"{len(faults):,} of {len(places):,} representations cannot be read; the first: {faults[0].message}"
        raise UserFault(UserErrorCode.INVALID_INPUT, message, faults[0].field)


async def find(context: Context, keys_by_load: Mapping[Load, Sequence[str]]) -> dict[Load, Any]:
    """What each loader finds for its keys, or the exception that kept it."""
    reads = (loader(context).many(list(dict.fromkeys(keys))) for loader, keys in keys_by_load.items())
    return dict(zip(keys_by_load, await gather(*reads, return_exceptions=True), strict=True))


def keys_if_alike(representations: list[Any], entities: Keys) -> tuple[Load, list[str]] | None:
    """The loader and the key of each, when all are of one type and have its first key, as most batches of a gateway
    do: looked at column by column, that costs next to nothing."""
    if set(map(type, representations)) != {dict}:
        return None
    names = [representation.get("__typename") for representation in representations]
    if type(names[0]) is not str or names.count(names[0]) < len(names) or names[0] not in entities:
        return None
    key, loader = next(iter(entities[names[0]].items()))
    values = [representation.get(key) for representation in representations]
    return (loader, values) if set(map(type, values)) == {str} else None


def answer_at(records: Mapping[Load, Any], place: tuple[Load, str] | UserFault) -> Any:
    if not isinstance(place, tuple):
        return place
    answer = records[place[0]]
    return answer if isinstance(answer, BaseException) else answer.get(place[1])


def place_of(place: int, representation: Any, entities: Keys) -> tuple[Load, str] | UserFault:
    """The loader and the key of a representation, or what is wrong with it."""
    if type(representation) is dict:
        name = representation.get("__typename")
        for key, loader in entities.get(name, {}).items() if type(name) is str else ():
            if type(value := representation.get(key)) is str:
                return loader, value
            if value is not None:
                break
    return fault_of(place, representation, entities)


def fault_of(place: int, representation: Any, entities: Keys) -> tuple[Load, str] | UserFault:
    at = ("representations", str(place))
    if not isinstance(representation, Mapping):
        return fault('is not an object: give {"__typename": …} and the fields of a @key.', at)
    keys = entities.get(type_name) if isinstance(type_name := representation.get("__typename"), str) else None
    if keys is None:
        return fault(f"needs a `__typename` that is one of {', '.join(sorted(entities))}.", (*at, "__typename"))
    key = next((key for key in keys if representation.get(key) is not None), None)
    if key is None:
        return fault(f"is a {type_name} without a key: it needs {' or '.join(f'`{key}`' for key in keys)}.", at)
    value = representation[key]
    if not isinstance(value, str):
        return fault(f"has a `{key}` that is not a string.", (*at, key))
    return keys[key], value


def fault(message: str, at: tuple[str, ...]) -> UserFault:
    return UserFault(UserErrorCode.INVALID_INPUT, f"representations[{at[1]}] {message}", at)
