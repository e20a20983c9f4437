"""Compiled operations give the very bytes that graphql-core gives, or leave the operation to it."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import Annotated, Any, NamedTuple

import orjson
import pytest
import strawberry
from strawberry import Parent

from graph_api.execution.compiled.codegen import FEW
from graph_api.execution.compiled.statistics import RUNS, Fallback
from graph_api.execution.engine import Answer, Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.settings import Settings
from resolvers.graph.columnar import Columns, column_of
from resolvers.model.errors import StoreError, UserErrorCode, UserFault
from tests.graph_api.execution.compiled.answers import assert_alike


class Text(str):
    __slots__ = ()


class Animal(NamedTuple):
    name: Any
    legs: Any = 4
    weight: Any = 1.5
    tame: Any = True
    kind: Any = "cat"
    tags: Any = ("a", "b")
    friends: Any = ()
    grid: Any = ((1, 2), (3,))
    size: Any = "big"


class Rock(NamedTuple):
    name: Any
    mass: Any = 7


@strawberry.enum
class Kind(Enum):
    CAT = "cat"
    DOG = "dog"


@strawberry.enum
class Size(StrEnum):
    SMALL = "little"
    LARGE = "big"


@strawberry.interface
class Named:
    name: str


@strawberry.type(name="Rock")
class RockType(Named):
    mass: int

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Rock)


@strawberry.type(name="Animal")
class AnimalType(Named):
    legs: int | None
    weight: float | None
    tame: bool
    kind: Kind
    tags: list[str | None]
    friends: list[Annotated["AnimalType", strawberry.lazy("tests.graph_api.execution.compiled.test_operations")]]
    grid: list[list[int]] | None
    size: Size | None

    @strawberry.field
    def shout(animal: Parent[Animal]) -> str:
        return animal.name.upper()

    @strawberry.field
    def times(animal: Parent[Animal], n: int = 2) -> str:
        return animal.name * n

    @strawberry.field
    async def slowly(animal: Parent[Animal], info: strawberry.Info) -> str | None:
        await asyncio.sleep(0)
        return None if animal.name == "mute" else f"{animal.name} {info.field_name}"

    @strawberry.field(metadata={"load": (lambda loaders: loaders.owner, "name")})
    async def owner(
        animal: Parent[Animal], info: strawberry.Info
    ) -> Annotated["AnimalType", strawberry.lazy("tests.graph_api.execution.compiled.test_operations")] | None:
        return animal.name and await info.context.loaders.owner.load(animal.name)

    @strawberry.field
    def fails(animal: Parent[Animal]) -> str | None:
        raise ValueError(animal.name)

    @strawberry.field
    def must(animal: Parent[Animal]) -> Annotated["AnimalType", strawberry.lazy(__name__)]:
        return None  # type: ignore[return-value]

    @strawberry.field
    async def later(animal: Parent[Animal]) -> int:
        raise ValueError("later")

    @strawberry.field
    def future(animal: Parent[Animal]) -> int:
        return asyncio.get_running_loop().create_task(asyncio.sleep(0, 5))  # type: ignore[return-value]

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Animal)


CATS = (Animal("kim", kind="dog"), Animal("mute"))
THINGS = [Animal("tom", size=Size.SMALL, friends=CATS), Rock("flint"), Animal("kim", None, None)]


@strawberry.type
class Query:
    @strawberry.field
    def animals(self) -> list[AnimalType]:
        return [thing for thing in THINGS if isinstance(thing, Animal)]  # type: ignore[misc]

    @strawberry.field
    async def things(self) -> list[Named]:
        return THINGS  # type: ignore[return-value]

    @strawberry.field
    def odd(self, info: strawberry.Info) -> AnimalType | None:
        return info.context.odd

    @strawberry.field
    def nothing(self) -> AnimalType | None:
        return None

    @strawberry.field
    def echo(self, text: str, number: int | None = None) -> str:
        return f"{text}{number}"


class Owners:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.owner = self
        self.known: dict[str, Animal] = {}

    async def load(self, name: str) -> Animal | None:
        self.asked.append(name)
        await asyncio.sleep(0)
        if name == "mute":
            raise LookupError(name)
        return Animal(f"owner of {name}", friends=(Animal("x"),))


class Context:
    def __init__(self, odd: Any = None) -> None:
        self.odd = odd
        self.loaders = Owners()


schema = strawberry.Schema(Query, types=[RockType, AnimalType])
ALL = "name legs weight tame kind size tags grid shout times more: times(n: 3) slowly __typename"


def engine() -> Engine:
    return Engine(schema, limits_of(Settings(_env_file=None)))  # type: ignore[call-arg]


async def both(query: str, odd: Any = None, **variables: Any) -> tuple[Answer, Answer, bool]:
    """The answers of graphql-core and of the compiled code, and whether the compiled code gave one."""
    runs = engine()
    operation = Operation(query, variables, None, {})
    runs.compiles = False
    stock = await runs.run(runs.prepare(operation, "id"), Context(odd), "id")
    runs.compiles = True
    prepared = runs.prepare(operation, "id")
    compiled = await runs.run(prepared, Context(odd), "id")
    hit = prepared.document.compiled.hits == 1
    return stock, compiled, hit


async def same(query: str, odd: Any = None, **variables: Any) -> bool:
    stock, compiled, hit = await both(query, odd, **variables)
    assert orjson.dumps(compiled.payload()) == orjson.dumps(stock.payload())
    return hit


@pytest.mark.parametrize(
    "query",
    [
        f"{{ animals {{ {ALL} friends {{ {ALL} }} }} }}",
        f"{{ things {{ name ... on Animal {{ {ALL} }} ... on Rock {{ mass __typename }} }} }}",
        "{ a: animals { b: name c: name d: friends { name } d: friends { legs } } }",
        "{ animals { owner { name friends { name } } } }",
        "{ nothing { name } odd { name } __typename }",
        '{ echo(text: "x") two: echo(text: "y", number: 3) }',
        "query { ...Q } fragment Q on Query { animals { ...A } } fragment A on Animal { name friends { ...B } } "
        "fragment B on Named { name ... on Animal { legs } }",
        "{ animals { class: name def: legs None: tame _: kind } }",
    ],
)
async def test_it_compiles_and_agrees(query):
    assert await same(query) is True


@pytest.mark.parametrize("shown", [True, False])
async def test_skip_and_include_by_variables(shown):
    query = "query($v: Boolean!) { animals { name @include(if: $v) legs @skip(if: $v) ... @include(if: $v) { tame } } }"
    assert await same(query, v=shown) is True


async def test_one_document_serves_both_values_of_a_switch():
    runs = engine()
    query = "query($v: Boolean!) { animals { legs name @include(if: $v) } }"
    answers = []
    for value in (True, False, True):
        operation = Operation(query, {"v": value}, None, {})
        answers.append((await runs.run(runs.prepare(operation, "id"), Context(), "id")).data)
    assert [list(answer["animals"][0]) for answer in answers] == [["legs", "name"], ["legs"], ["legs", "name"]]


def columns(animals: Sequence[Any]) -> Columns[Any]:
    return Columns(type(animals[0]), [column_of(animals, place) for place in range(len(animals[0]))])


HERD = [Animal(f"a{number}", legs=None if number == 3 else number) for number in range(9)]
OF_FRIENDS = (
    "{ odd { friends { name legs weight tame kind size tags grid shout times slowly __typename owner { name } } } }"
)


@pytest.mark.parametrize("size", [1, FEW - 1, FEW, len(HERD)])
async def test_columns_are_completed_like_the_records_they_stand_for(size):
    _, listed, _ = await both(OF_FRIENDS, Animal("herd", friends=HERD[:size]))
    stock, compiled, hit = await both(OF_FRIENDS, Animal("herd", friends=columns(HERD[:size])))
    assert hit
    assert len(compiled.data["odd"]["friends"]) == size  # type: ignore[index]
    assert orjson.dumps(compiled.payload()) == orjson.dumps(stock.payload()) == orjson.dumps(listed.payload())


async def test_columns_may_hold_columns_or_records():
    query = "{ odd { friends { name friends { name friends { name } } } } }"
    inner = [Animal("inner", friends=columns(HERD)), *HERD[1:]]
    assert await same(query, Animal("herd", friends=columns([Animal("outer", friends=inner), *HERD]))) is True


@pytest.mark.parametrize("odd", [Animal(None), Animal("a", legs=2**31), Animal("a", kind="cow"), Rock("a")])
async def test_what_is_odd_in_columns_is_left_to_graphql_core(odd):
    herd = [odd, *HERD] if isinstance(odd, Animal) else [odd] * 9
    assert await same("{ odd { friends { name legs kind } } }", Animal("herd", friends=columns(herd))) is False


async def test_arguments_follow_the_variables_of_each_run():
    runs = engine()
    query = "query($n: Int!, $t: String!) { animals { times(n: $n) } echo(text: $t) }"
    for n, text in ((1, "a"), (2, "b")):
        prepared = runs.prepare(Operation(query, {"n": n, "t": text}, None, {}), "id")
        answer = await runs.run(prepared, Context(), "id")
        assert answer.data == {"animals": [{"times": "tom" * n}, {"times": "kim" * n}], "echo": f"{text}None"}
    assert prepared.document.compiled.hits == 2


@pytest.mark.parametrize(
    "query",
    [
        "{ animals { name fails } }",
        "{ animals { name must { name } } }",
        "{ animals { later slowly } }",
        "{ animals { friends { owner { name } } } }",
        "{ animals { future } }",
        "{ __schema { queryType { name } } animals { name } }",
        '{ __type(name: "Animal") { name } }',
    ],
)
async def test_it_leaves_what_goes_wrong_to_graphql_core(query):
    assert await same(query) is False


@pytest.mark.parametrize(
    "odd",
    [
        Animal(None),
        Animal(1),
        Animal(True),
        Animal(Text("sub")),
        Animal(b"bytes"),
        Animal(ValueError("value")),
        Animal("a", legs=2**31),
        Animal("a", legs=-(2**31)),
        Animal("a", legs=True),
        Animal("a", legs="4"),
        Animal("a", legs=4.0),
        Animal("a", legs=4.5),
        Animal("a", weight=float("inf")),
        Animal("a", weight=float("nan")),
        Animal("a", weight=3),
        Animal("a", tame=None),
        Animal("a", tame=1),
        Animal("a", kind="fish"),
        Animal("a", kind=Kind.DOG),
        Animal("a", kind=None),
        Animal("a", size="little"),
        Animal("a", size=Size.LARGE),
        Animal("a", size="LARGE"),
        Animal("a", size=Text("big")),
        Animal("a", size=Kind.CAT),
        Animal("a", size=None),
        Animal("a", tags=None),
        Animal("a", tags=[None, "x"]),
        Animal("a", tags={"x": 1}),
        Animal("a", tags="text"),
        Animal("a", tags=(t for t in "ab")),
        Animal("a", grid=None),
        Animal("a", grid=[[1], None]),
        Animal("a", grid=[[1, None]]),
        Animal("a", friends=[None]),
        Animal("a", friends=[Rock("r")]),
        Rock("not an animal"),
        "text",
        {"name": "dict"},
    ],
    ids=repr,
)
async def test_odd_values_come_out_as_graphql_core_has_them(odd):
    if isinstance(odd, Animal) and hasattr(odd.tags, "__next__"):
        odd = odd._replace(tags=list(odd.tags))
    await same("{ odd { name legs weight tame kind tags grid size friends { name } } }", odd)
    await same("{ odd { size } }", odd)
    await same("{ odd { name } }", odd)


async def test_an_awaited_key_is_loaded_once_for_all_that_ask():
    runs, context = engine(), Context()
    query = "{ animals { owner { name } again: owner { legs } friends { owner { name } } } }"
    prepared = runs.prepare(Operation("{ animals { owner { name } again: owner { name } } }", {}, None, {}), "id")
    answer = await runs.run(prepared, context, "id")
    assert answer.data == {
        "animals": [
            {"owner": {"name": f"owner of {name}"}, "again": {"name": f"owner of {name}"}} for name in ("tom", "kim")
        ]
    }
    assert sorted(context.loaders.asked) == ["kim", "kim", "tom", "tom"]  # once for each field and key
    assert await same(query) is False  # one of the friends' owners fails


async def test_what_is_known_is_not_loaded():
    context = Context()
    context.loaders.known["tom"] = Animal("known")
    prepared = engine().prepare(Operation("{ animals { name owner { name } } }", {}, None, {}), "id")
    answer = await engine().run(prepared, context, "id")
    assert answer.data is not None
    assert {one["name"]: one["owner"]["name"] for one in answer.data["animals"]} == {
        "tom": "known",
        "kim": "owner of kim",
    }
    assert set(context.loaders.asked) == {"kim"}


async def test_mutations_and_subscriptions_are_never_compiled():
    assert engine().compiles is True

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        def count(self, info: strawberry.Info) -> int:
            info.context.odd += 1
            return info.context.odd

    counting = Engine(strawberry.Schema(Query, Mutation, types=[RockType, AnimalType]), limits_of(Settings()))
    prepared = counting.prepare(Operation("mutation { count again: count }", {}, None, {}), "id")
    answer = await counting.run(prepared, Context(0), "id")
    assert answer.data == {"count": 1, "again": 2}
    assert prepared.document.compiled.hits == 0


async def test_a_cancelled_run_stops():
    runs = engine()
    prepared = runs.prepare(Operation("{ animals { slowly } }", {}, None, {}), "id")
    task = asyncio.ensure_future(runs.run(prepared, Context(), "id"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_forgotten_operation_is_freed_without_the_collector():
    runs = Engine(schema, limits_of(Settings(_env_file=None)), entries=1)  # type: ignore[call-arg]
    prepared = runs.prepare(Operation(f"{{ animals {{ {ALL} }} }}", {}, None, {}), "id")
    await runs.run(prepared, Context(), "id")
    gone = weakref.ref(prepared.document.ast), weakref.ref(prepared.document.compiled)
    assert prepared.document.compiled.hits == 1
    gc.collect()
    gc.disable()
    try:
        del prepared
        runs.documents.get("{ nothing { name } }")
        assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()


async def test_what_was_read_is_freed_without_the_collector():
    runs = engine()
    prepared = runs.prepare(Operation("{ animals { name slowly owner { name } } }", {}, None, {}), "id")
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):  # the first run's executor is the model of later ones
            context = Context()
            gone = weakref.ref(context)
            assert (await runs.run(prepared, context, "id")).data is not None
            del context
            assert gone() is None
        assert prepared.document.compiled.hits == 2
    finally:
        gc.enable()


@strawberry.type
class Faulty:
    @strawberry.field
    async def optional(self, info: strawberry.Info) -> int | None:
        info.context.odd.append("optional")
        raise UserFault(UserErrorCode.NOT_FOUND, "There is none.", ("id",))

    @strawberry.field
    async def required(self, info: strawberry.Info) -> int:
        info.context.odd.append("required")
        raise StoreError("The database did not finish in time.", "TIMEOUT")

    @strawberry.field
    def paged(self, info: strawberry.Info, after: str = "") -> int | None:
        info.context.odd.append("paged")
        raise UserFault(UserErrorCode.INVALID_INPUT, "That cursor is of another list.", ("after",))

    @strawberry.field
    def value(self) -> int:
        return 1


@strawberry.type
class FaultyQuery:
    @strawberry.field
    async def many(self) -> list[Faulty | None]:
        return [Faulty(), Faulty()]

    @strawberry.field
    async def one(self) -> Faulty:
        return Faulty()


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("{ one { value optional } }", 1),
        ('{ one { value paged(after: "x") } }', 1),
        ("{ one { value required } }", 1),
        ("{ many { value optional } }", 2),
        ("{ many { value required } }", 2),
        ("{ many { value required optional a: optional } one { value } }", 6),
        ("{ one { optional } two: one { value required } }", 2),
    ],
)
async def test_a_fault_of_the_mesh_is_answered_without_a_second_run(query, calls):
    engine = Engine(strawberry.Schema(FaultyQuery), limits_of(Settings(_env_file=None)))  # type: ignore[call-arg]
    found = []
    for compiles in (False, True):
        engine.compiles = compiles
        prepared = engine.prepare(Operation(query, {}, None, {}), "id")
        context = Context([])
        found.append((await engine.run(prepared, context, "id")).payload())
    assert_alike(*found)
    assert len(context.odd) == calls
    assert prepared.document.compiled.hits == 1


@pytest.mark.parametrize("number", ["x", None, [1], 2**40])
async def test_variables_that_do_not_fit_are_explained_without_a_second_look(number):
    runs = engine()
    operation = Operation('query ($n: Int!) { echo(text: "a", number: $n) }', {"n": number}, None, {})
    before = (RUNS.runs, dict(RUNS.fallbacks))
    answers = []
    for compiles in (True, False):
        runs.compiles = compiles
        answers.append(await runs.run(runs.prepare(operation, "id"), Context(), "id"))
    assert answers[0] == answers[1]
    assert (answers[0].executed, answers[0].data, len(answers[0].errors)) == (False, None, 1)
    assert (RUNS.runs, dict(RUNS.fallbacks)) == before


async def test_fallbacks_are_counted_by_reason():
    runs = engine()
    before = (RUNS.runs, dict(RUNS.fallbacks))
    for query, variables in (
        ("{ animals { name } }", {}),
        ("{ animals { fails } }", {}),
        ("{ animals { must { name } } }", {}),
        ("{ __schema { queryType { name } } }", {}),
    ):
        await runs.run(runs.prepare(Operation(query, variables, None, {}), "id"), Context(), "id")
    assert RUNS.runs - before[0] == 1
    assert {reason: count - before[1].get(reason, 0) for reason, count in RUNS.fallbacks.items()} == {
        Fallback.ERROR: 1,
        Fallback.VALUE: 1,
        Fallback.NOT_COMPILABLE: 1,
    }


async def test_compiled_execution_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("MESHWEAVE_COMPILED_EXECUTION", "false")
    assert Settings(_env_file=None).compiled_execution is False  # type: ignore[call-arg]
    runs = Engine(schema, limits_of(Settings(_env_file=None)), compiles=False)  # type: ignore[call-arg]
    prepared = runs.prepare(Operation("{ animals { name } }", {}, None, {}), "id")
    assert (await runs.run(prepared, Context(), "id")).errors == []
    assert prepared.document.compiled.hits == 0
