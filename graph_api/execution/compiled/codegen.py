"""Writes the code of one operation: a Python function for each selection of fields of a type.

The text of the code is made of attribute names of our schema, of response names (GraphQL names, written as literals)
and of numbers that stand for objects in the functions' namespace; nothing else of a client's enters it.
"""

import re
from collections.abc import Callable
from itertools import repeat
from types import NoneType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition

from graph_api.execution.compiled.arguments import converter
from graph_api.execution.compiled.faults import FieldPath
from resolvers.graph.columnar import Columns
from resolvers.model.errors import MeshError
from resolvers.model.portions import PORTION
from schema.scalars import identity

NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# Scalars of which a plain `str` is its own output. Subclasses and everything else go through the scalar.
TEXT = frozenset({"String", "ID"})
MAX_FUNCTIONS = 500
# Up to here a list is completed object by object: what columns save does not yet pay for making them.
FEW = 6
# How many classes of objects are remembered to be of a type.
CLASSES = 16


class Uncompilable(Exception):
    """The operation has something that the generated code does not do."""


class Surprise(Exception):
    """A value the generated code does not complete."""


class LoaderField:
    """A field that is one `load` of a loader: awaited once for each key, completed once, shared by all that ask."""

    __slots__ = ("complete", "loader", "name", "place")

    def __init__(
        self, loader: Callable[[Any], Any], name: str, complete: Callable[[Any, Any], Any], place: FieldPath
    ) -> None:
        self.loader = loader
        self.name = name
        self.complete = complete
        self.place = place


class Compiler:
    """Compiles the operation of `executor`, whose variables decide only which fields @skip and @include leave."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.namespace: dict[str, Any] = {
            "Surprise": Surprise,
            "NoneType": NoneType,
            "repeat": repeat,
            "Columns": Columns,
            "MeshError": MeshError,
        }
        self.types: dict[Path | None, tuple[GraphQLOutputType, ...]] = {None: ()}
        self.objects: dict[tuple[str, int], str] = {}
        self.kept: list[Any] = []
        self.count = 0

    def operation(self) -> Callable[[Any, Any], dict[str, Any]]:
        executor = self.executor
        query = executor.schema.query_type
        if query is None:
            raise Uncompilable
        collected = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, query, executor.operation
        )
        if collected.new_defer_usages or collected.forbidden_directive_instances:
            raise Uncompilable
        return self.namespace[self._function(query, collected.grouped_field_set, None)]

    def keep(self, value: Any) -> str:
        """A name for `value` in the generated code."""
        self.count += 1
        name = f"v{self.count}"
        self.namespace[name] = value
        return name

    def _object(self, type_: GraphQLObjectType, details: Any, path: Path | None) -> str:
        """The name of the function that completes objects of `type_` for the selections in `details`.

        With an `s` behind it, it names the one which completes a list of them."""
        key = (type_.name, id(details))
        compiled = self.objects.get(key)
        if compiled is None:
            self.kept.append(details)  # its id is part of the key
            collected = self.executor.collect_subfields(type_, details)
            if collected.new_defer_usages or collected.forbidden_directive_instances:
                raise Uncompilable
            compiled = self.objects[key] = self._function(type_, collected.grouped_field_set, path)
        return compiled

    def _function(self, type_: GraphQLObjectType, grouped: Any, path: Path | None) -> str:
        self.count += 1
        name = f"object_{self.count}"
        if self.count > MAX_FUNCTIONS * 10:
            raise Uncompilable
        fields = [Field(self, type_, response, details, path) for response, details in grouped.items()]
        later = [line for field in fields for line in field.later()]
        accepted, check = self._type_check(type_)
        one = [f"if type(s) not in {accepted}: {check}(s)"] if check else []
        one += ["d = {" + ", ".join(f"{field.response!r}: {field.now()}" for field in fields) + "}"]
        many = [f"if len(c) < {FEW}: return [n() if s is None else {name}(s, x) for s in c]"]
        many += [f"if len(c) > {PORTION}: return x.in_portions(c, {name}s, n)"]
        many += ["t = type(c) is Columns", "k = {c.record} if t else {*map(type, c)}"]
        many += [f"if NoneType in k: return [n() if s is None else {name}(s, x) for s in c]"]
        many += [f"if not k <= {accepted}:", f"    for s in c: {check}(s)"] if check else []
        many += columns(fields)
        many += ["for s, d in zip(c, ds):", *(f"    {line}" for line in later)] if later else []
        self._define(f"{name}(s, x)", [*one, *later, "return d"])
        self._define(f"{name}s(c, x, n)", [*many, "return ds"])
        return name

    def _define(self, signature: str, lines: list[str]) -> None:
        exec("\n".join([f"def {signature}:", *(f"    {line}" for line in lines)]), self.namespace)

    def _type_check(self, type_: GraphQLObjectType) -> tuple[str, str]:
        """Names of the classes known to be of the type, and of what looks at an object of another one."""
        if type_.is_type_of is None:
            return "", ""
        accepted = self.keep(set())
        return accepted, self.keep(type_checker(type_, self.namespace[accepted]))


def columns(fields: "list[Field]") -> list[str]:
    """Completes the objects of a list field by field: what is done for each value is then mostly done in C."""
    lines, names, values = [], [], []
    for place, field in enumerate(fields):
        made = field.column(f"r{place}", f"f{place}")
        if made:
            lines += made
            names.append(f"f{place}")
            values.append(f"{field.response!r}: f{place}")
        else:
            values.append(f"{field.response!r}: {field.now()}")
    source = f"zip({', '.join(names)})" if len(names) > 1 else names[0] if names else "c"
    return [*lines, "ds = [{" + ", ".join(values) + "} for " + (", ".join(names) or "_") + " in " + source + "]"]


def type_checker(type_: GraphQLObjectType, accepted: set[type]) -> Callable[[Any], None]:
    """Types tell their objects by class, so one object of a class speaks for all."""

    def check(value: Any) -> None:
        if type_.is_type_of(value, None) is not True:  # type: ignore[misc, arg-type]
            raise Surprise
        if len(accepted) >= CLASSES:  # parts of records are classes too, made anew when they were long not asked for
            accepted.clear()
        accepted.add(type(value))

    return check


class Field:
    """One field of a selection: the expression of its value, and the steps that remain after the dict is created."""

    def __init__(
        self, compiler: Compiler, parent: GraphQLObjectType, response: str, details: Any, path: Path | None
    ) -> None:
        if not NAME.fullmatch(response) or any(item.fragment_variable_values for item in details):
            raise Uncompilable
        self.compiler = compiler
        self.parent = parent
        self.response = response
        self.details = details
        self.node = details[0].node
        self.path = Path(path, response, parent.name)
        definition = compiler.executor.schema.get_field(parent, self.node.name.value)
        if definition is None or self.node.name.value in ("__schema", "__type"):
            raise Uncompilable
        self.field: GraphQLField = definition
        self.strawberry: StrawberryField | None = definition.extensions.get("strawberry-definition")
        types = compiler.types[self.path] = (*compiler.types[path], definition.type)
        self.place = FieldPath([item.node for item in details], types)

    def now(self) -> str:
        if self.node.name.value == "__typename":
            return repr(self.parent.name)
        if self._is_late():
            return "None"
        return self._complete(self._value(), self.field.type)

    def column(self, raw: str, done: str) -> list[str]:
        """Lines that make the list `done` of this field's values for the objects `c`; none if `now` is a constant."""
        if self.node.name.value == "__typename" or self._is_late():
            return []
        type_: Any = self.field.type
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if required else type_
        value = f"[{self._value()} for s in c]"
        attribute = self.strawberry.python_name if self.strawberry and self.strawberry.is_basic_field else None
        lines = [f"{raw} = c.column({attribute!r}) if t else {value}" if attribute else f"{raw} = {value}"]
        if is_leaf_type(inner):
            return lines + self._leaf_column(raw, done, inner, required)
        if is_object_type(inner):
            absent = self.compiler.keep(refuse if required else nothing)
            return [*lines, f"{done} = {self._concrete(inner)}s({raw}, x, {absent})"]
        return [f"{done} = [{self._complete(self._value(), type_)} for s in c]"]

    def _leaf_column(self, raw: str, done: str, type_: Any, required: bool) -> list[str]:
        """Classes are looked at all at once; one that is unusual sends the whole column the way of single values."""
        keep = self.compiler.keep
        slow = f"[{keep(leaf(type_, required))}(v) for v in {raw}]"
        if isinstance(type_, GraphQLEnumType):
            names, kinds = dict(enum_names(type_)), text_types(type_)
            if not required:
                names, kinds = {**names, None: None}, kinds | {NoneType}
            return [
                f"{done} = list(map({keep(names)}.get, {raw}, repeat(Surprise)))",
                f"if Surprise in {done} or not {keep(kinds)}.issuperset(map(type, {raw})): {done} = {slow}",
            ]
        plain = str if type_.name in TEXT or is_identity(type_) else {"Boolean": bool, "Int": int}.get(type_.name)
        if plain is None:
            return [f"{done} = {slow}"]
        kinds = frozenset({plain} if required or plain is int else {plain, NoneType})
        usual = f"{keep(kinds)}.issuperset(map(type, {raw}))"
        if plain is int:
            usual = f"{usual} and -2147483648 <= min({raw}) and max({raw}) <= 2147483647"
        return [f"{done} = {raw} if {usual} else {slow}"]

    def later(self) -> list[str]:
        if self.node.name.value == "__typename" or not self._is_late():
            return []
        definition = self._definition()
        completer = self._completer()
        place = self.compiler.keep(self.place)
        if not definition.is_async:
            return [
                f"try: w = {self._value()}",
                f"except MeshError as e: d[{self.response!r}] = x.fault(e, {place})",
                f"else: d[{self.response!r}] = {completer}(w, x)",
            ]
        load, known = definition.metadata.get("load"), definition.metadata.get("known")
        if load is not None:
            return self._load(load, completer)
        wait = f"x.pending.append((d, {self.response!r}, {self._value()}, {completer}, {place}))"
        if known is None or self.field.args:
            return [wait]
        done = f"d[{self.response!r}] = {completer}(w, x)"
        return [f"w = s.{known}()", f"if w is None: {wait}", f"else: {done}"]

    def _load(self, load: tuple[Callable[[Any], Any], str], completer: str) -> list[str]:
        loader, attribute = load
        select = self.compiler.keep(loader)
        field = self.compiler.keep(LoaderField(loader, self.response, self.compiler.namespace[completer], self.place))
        absent = "pass" if not isinstance(self.field.type, GraphQLNonNull) else "raise Surprise"
        return [
            f"k = s.{attribute}",
            f"if k is None: {absent}",
            "else:",
            f"    w = {select}(x.context.loaders).known.get(k)",
            f"    if w is not None: d[{self.response!r}] = {completer}(w, x)",
            f"    elif ({field}, k) in x.waiting: x.waiting[({field}, k)].append(d)",
            f"    else: x.waiting[({field}, k)] = [d]",
        ]

    def _is_late(self) -> bool:
        """Whether its value is set once the dict is there: it is awaited, or its arguments may be at fault."""
        field = self.strawberry
        return field is not None and (field.is_async or (bool(self.field.args) and not field.is_basic_field))

    def _definition(self) -> StrawberryField:
        if self.strawberry is None:
            raise Uncompilable
        return self.strawberry

    def _value(self) -> str:
        definition = self._definition()
        if definition.is_basic_field:
            return f"s.{definition.python_name}"
        resolver = definition.base_resolver
        if resolver is not None and not definition.extensions:
            return self._call(resolver)
        return self._resolve()

    def _call(self, resolver: Any) -> str:
        """The resolver's own function, with arguments that Strawberry converts once an execution."""
        function = self.compiler.keep(resolver.wrapped_func)
        call_arguments = ["s"] if resolver.self_parameter else []
        if resolver.root_parameter:
            call_arguments.append(f"{resolver.root_parameter.name}=s")
        if resolver.parent_parameter:
            call_arguments.append(f"{resolver.parent_parameter.name}=s")
        if resolver.info_parameter:
            call_arguments.append(f"{resolver.info_parameter.name}={self._info(strawberry=True)}")
        if self.field.args:
            call_arguments.append(f"**{self._converted_arguments()}")
        return f"{function}({', '.join(call_arguments)})"

    def _resolve(self) -> str:
        """The field's resolve function as graphql-core calls it; arguments are coerced once an execution."""
        if self.field.resolve is None:
            raise Uncompilable
        return f"{self.compiler.keep(self.field.resolve)}(s, {self._info()}, **{self._arguments()})"

    def _info(self, strawberry: bool = False) -> str:
        make, definition = self._make_info(), self.strawberry
        if not strawberry:
            return self._once(make)
        return self._once(lambda executor: info_class(executor)(_raw_info=make(executor), _field=definition))

    def _make_info(self) -> Callable[[Executor], GraphQLResolveInfo]:
        """Its path has no list positions, which no resolver of ours looks at."""
        field, parent, path = self.field, self.parent, self.path
        nodes = [item.node for item in self.details]
        return lambda executor: executor.build_resolve_info(field, nodes, parent, path)

    def _arguments(self) -> str:
        field, node = self.field, self.node
        if not field.args:
            return "{}"
        return self._once(lambda executor: get_argument_values(field, node, executor.variable_values))

    def _converted_arguments(self) -> str:
        schema = self.compiler.executor.schema._strawberry_schema  # type: ignore[attr-defined]
        convert = converter(schema, self.field, self.node, self._definition().arguments)
        return self._once(lambda executor: convert(executor.variable_values))

    def _once(self, make: Callable[[Executor], Any]) -> str:
        number = self.compiler.count = self.compiler.count + 1

        def prepare(run: Any) -> Any:
            value = run.prepared[number] = make(run.executor)
            return value

        return f"(x.prepared[{number}] if {number} in x.prepared else {self.compiler.keep(prepare)}(x))"

    def _completer(self) -> str:
        """A function of a value and the run, for what was awaited."""
        compiler = self.compiler
        compiler.count += 1
        name = f"complete_{compiler.count}"
        exec(f"def {name}(a, x):\n    return {self._complete('a', self.field.type)}", compiler.namespace)
        return name

    def _complete(self, value: str, type_: GraphQLOutputType, depth: int = 0) -> str:
        """The expression that completes `value`."""
        required = isinstance(type_, GraphQLNonNull)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return self._leaf(value, inner, required, depth)
        name = f"c{depth}"
        absent = f"{self.compiler.keep(refuse)}()" if required else "None"
        if isinstance(inner, GraphQLList):
            items = self._items(name, inner.of_type, depth)
            listed = f"type({name}) is list or type({name}) is Columns or type({name}) is tuple"
            surprise = f"{self.compiler.keep(refuse)}()"
            return f"({absent} if ({name} := {value}) is None else {items} if {listed} else {surprise})"
        function = self._abstract(inner)[0] if is_abstract_type(inner) else self._concrete(inner)
        return f"({absent} if ({name} := {value}) is None else {function}({name}, x))"

    def _items(self, name: str, type_: GraphQLOutputType, depth: int) -> str:
        required = isinstance(type_, GraphQLNonNull)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        absent = self.compiler.keep(refuse if required else nothing)
        if is_object_type(inner):
            return f"{self._concrete(inner)}s({name}, x, {absent})"
        if is_abstract_type(inner):
            return f"{self._abstract(inner)[1]}({name}, x, {absent})"
        item = f"i{depth}"
        return f"[{self._complete(item, type_, depth + 1)} for {item} in {name}]"

    def _concrete(self, type_: Any) -> str:
        if not is_object_type(type_):
            raise Uncompilable
        return self.compiler._object(type_, self.details, self.path)

    def _abstract(self, type_: Any) -> tuple[str, str]:
        """Functions for one value and for a list. They go by a value's class, which the type is asked about once."""
        compiler, resolve_type = self.compiler, type_.resolve_type
        if resolve_type is None:
            raise Uncompilable
        possible = compiler.executor.schema.get_possible_types(type_)
        names = {one.name: compiler._object(one, self.details, self.path) for one in possible}
        functions = {name: tuple(compiler.namespace[f"{made}{s}"] for s in ("", "s")) for name, made in names.items()}
        by_type: dict[type, Any] = {}
        make, place = self._make_info(), self.place

        def found(value: Any, run: Any) -> Any:
            both = by_type.get(type(value))
            if both is None:
                both = by_type[type(value)] = functions[resolve_type(value, make(run.executor), type_)]
            return both

        def complete(value: Any, run: Any) -> Any:
            return run.fault(value, place) if isinstance(value, MeshError) else found(value, run)[0](value, run)

        def complete_list(values: Any, run: Any, absent: Any) -> list[Any]:
            if len(values) > PORTION:
                return run.in_portions(values, complete_list, absent)
            if len(values) > 1 and len({*map(type, values)}) == 1 and not isinstance(values[0], NoneType | MeshError):
                return found(values[0], run)[1](values, run, absent)
            return [absent() if value is None else complete(value, run) for value in values]

        return compiler.keep(complete), compiler.keep(complete_list)

    def _leaf(self, value: str, type_: GraphQLScalarType | GraphQLEnumType, required: bool, depth: int) -> str:
        name = f"l{depth}"
        slow = f"{self.compiler.keep(leaf(type_, required))}({name})"
        if type_.name in TEXT or is_identity(type_):
            return f"({name} if type({name} := {value}) is str else {slow})"
        if type_.name == "Boolean":
            return f"({name} if ({name} := {value}) is True or {name} is False else {slow})"
        if type_.name == "Int":
            return f"({name} if type({name} := {value}) is int and -2147483648 <= {name} <= 2147483647 else {slow})"
        if isinstance(type_, GraphQLEnumType):
            cache = self.compiler.keep(enum_names(type_))
            kinds = self.compiler.keep(text_types(type_))
            return f"({cache}[{name}] if type({name} := {value}) in {kinds} and {name} in {cache} else {slow})"
        return f"({self.compiler.keep(leaf(type_, required))}({value}))"


def leaf(type_: GraphQLScalarType | GraphQLEnumType, required: bool) -> Callable[[Any], Any]:
    """What graphql-core does with a leaf value, except that errors are left to it."""
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None and not required:
            return None
        if value is None or value is Undefined or isinstance(value, Exception) or hasattr(value, "__await__"):
            raise Surprise
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Surprise
        return coerced

    return complete


def is_identity(type_: GraphQLScalarType | GraphQLEnumType) -> bool:
    definition = type_.extensions.get("strawberry-definition")
    return isinstance(definition, ScalarDefinition) and definition.serialize is identity


def enum_names(type_: GraphQLEnumType) -> dict[str, str]:
    """The name for each value that plainly is text; anything else goes through the type."""
    names: dict[str, str] = {}
    for member in type_.values.values():
        value = member.value
        text = getattr(value, "value", value)
        if type(text) is str:
            names[text] = type_.coerce_output_value(text)
    return names


def text_types(type_: GraphQLEnumType) -> frozenset[type]:
    """`str`, and the members' own class where they are texts: they equal the values, so they have the same names."""
    wrapped = getattr(type_, "wrapped_cls", str)
    return frozenset({str, wrapped}) if issubclass(wrapped, str) else frozenset({str})


def refuse() -> Any:
    raise Surprise


def nothing() -> None:
    """What an absent value of a type that may be null is."""


def info_class(executor: Executor) -> type:
    return executor.schema._strawberry_schema.config.info_class  # type: ignore[attr-defined]
