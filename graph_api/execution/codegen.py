"""Writes the code of one operation: a Python function for each selection of fields of a type.

The text of the code is made of attribute names of our schema, of response names (GraphQL names, written as literals)
and of numbers that stand for objects in the functions' namespace; nothing else of a client's enters it.
"""

import re
from collections.abc import Callable
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

from schema.scalars import identity

NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# Scalars of which a plain `str` is its own output. Subclasses and everything else go through the scalar.
TEXT = frozenset({"String", "ID"})
MAX_FUNCTIONS = 500


class Uncompilable(Exception):
    """The operation has something that the generated code does not do."""


class Surprise(Exception):
    """A value the generated code does not complete."""


class LoaderField:
    """A field that is one `load` of a loader: awaited once for each key, completed once, shared by all that ask."""

    __slots__ = ("complete", "loader", "name")

    def __init__(self, loader: str, name: str, complete: Callable[[Any, Any], Any]) -> None:
        self.loader = loader
        self.name = name
        self.complete = complete


class Compiler:
    """Compiles the operation of `executor`, whose variables decide only which fields @skip and @include leave."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.namespace: dict[str, Any] = {"Surprise": Surprise, "LoaderField": LoaderField}
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
        """The name of the function that completes objects of `type_` for the selections in `details`."""
        key = (type_.name, id(details))
        known = self.objects.get(key)
        if known is None:
            self.kept.append(details)  # its id is part of the key
            collected = self.executor.collect_subfields(type_, details)
            if collected.new_defer_usages or collected.forbidden_directive_instances:
                raise Uncompilable
            known = self.objects[key] = self._function(type_, collected.grouped_field_set, path)
        return known

    def _function(self, type_: GraphQLObjectType, grouped: Any, path: Path | None) -> str:
        self.count += 1
        name = f"object_{self.count}"
        if self.count > MAX_FUNCTIONS * 10:
            raise Uncompilable
        fields = [Field(self, type_, response, details, path) for response, details in grouped.items()]
        lines = [f"def {name}(s, x):"]
        lines += self._type_check(type_)
        lines.append("    d = {" + ", ".join(f"{field.response!r}: {field.now()}" for field in fields) + "}")
        lines += [f"    {line}" for field in fields for line in field.later()]
        lines.append("    return d")
        exec("\n".join(lines), self.namespace)
        return name

    def _type_check(self, type_: GraphQLObjectType) -> list[str]:
        if type_.is_type_of is None:
            return []
        known = self.keep(set())
        check = self.keep(type_checker(type_, self.namespace[known]))
        return [f"    if type(s) not in {known}: {check}(s)"]


def type_checker(type_: GraphQLObjectType, known: set[type]) -> Callable[[Any], None]:
    """Types tell their objects by class, so one object of a class speaks for all."""

    def check(value: Any) -> None:
        if type_.is_type_of(value, None) is not True:  # type: ignore[misc, arg-type]
            raise Surprise
        known.add(type(value))

    return check


class Field:
    """One field of a selection: the expression that gives its value, and what is left to do once the dict is there."""

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
        found = compiler.executor.schema.get_field(parent, self.node.name.value)
        if found is None or self.node.name.value in ("__schema", "__type"):
            raise Uncompilable
        self.field: GraphQLField = found
        self.strawberry: StrawberryField | None = found.extensions.get("strawberry-definition")

    def now(self) -> str:
        if self.node.name.value == "__typename":
            return repr(self.parent.name)
        if self._waits():
            return "None"
        return self._complete(self._value(), self.field.type)

    def later(self) -> list[str]:
        if self.node.name.value == "__typename" or not self._waits():
            return []
        definition = self._definition()
        completer = self._completer()
        load = definition.metadata.get("load")
        if load is None:
            return [f"x.pending.append((d, {self.response!r}, {self._value()}, {completer}))"]
        return self._load(load, completer)

    def _load(self, load: tuple[str, str], completer: str) -> list[str]:
        loader, attribute = load
        field = self.compiler.keep(LoaderField(loader, self.response, self.compiler.namespace[completer]))
        absent = "pass" if not isinstance(self.field.type, GraphQLNonNull) else "raise Surprise"
        return [
            f"k = s.{attribute}",
            f"if k is None: {absent}",
            "else:",
            f"    w = x.waiting.get(({field}, k))",
            f"    if w is None: x.waiting[({field}, k)] = [d]",
            "    else: w.append(d)",
        ]

    def _waits(self) -> bool:
        return self.strawberry is not None and self.strawberry.is_async

    def _definition(self) -> StrawberryField:
        if self.strawberry is None:
            raise Uncompilable
        return self.strawberry

    def _value(self) -> str:
        definition = self._definition()
        if definition.is_basic_field:
            return f"s.{definition.python_name}"
        resolver = definition.base_resolver
        if resolver is not None and not definition.extensions and not self.field.args and self._plain(resolver):
            return self._call(resolver)
        return self._resolve()

    def _plain(self, resolver: Any) -> bool:
        return not resolver.self_parameter and not resolver.root_parameter

    def _call(self, resolver: Any) -> str:
        """The resolver's own function, without what Strawberry does for arguments that this field does not have."""
        function = self.compiler.keep(resolver.wrapped_func)
        given = []
        if resolver.parent_parameter:
            given.append(f"{resolver.parent_parameter.name}=s")
        if resolver.info_parameter:
            given.append(f"{resolver.info_parameter.name}={self._info(strawberry=True)}")
        return f"{function}({', '.join(given)})"

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
            item = f"i{depth}"
            items = f"[{self._complete(item, inner.of_type, depth + 1)} for {item} in {name}]"
            listed = f"type({name}) is list or type({name}) is tuple"
            surprise = f"{self.compiler.keep(refuse)}()"
            return f"({absent} if ({name} := {value}) is None else {items} if {listed} else {surprise})"
        function = self._abstract(inner) if is_abstract_type(inner) else self._concrete(inner)
        return f"({absent} if ({name} := {value}) is None else {function}({name}, x))"

    def _concrete(self, type_: Any) -> str:
        if not is_object_type(type_):
            raise Uncompilable
        return self.compiler._object(type_, self.details, self.path)

    def _abstract(self, type_: Any) -> str:
        """Dispatches on the value's class, which the type is asked about once."""
        compiler, resolve_type = self.compiler, type_.resolve_type
        if resolve_type is None:
            raise Uncompilable
        possible = compiler.executor.schema.get_possible_types(type_)
        functions = {one.name: compiler.namespace[compiler._object(one, self.details, self.path)] for one in possible}
        known: dict[type, Any] = {}
        make = self._make_info()

        def complete(value: Any, run: Any) -> Any:
            function = known.get(type(value))
            if function is None:
                function = known[type(value)] = functions[resolve_type(value, make(run.executor), type_)]  # type: ignore[index]
            return function(value, run)

        return compiler.keep(complete)

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


def info_class(executor: Executor) -> type:
    return executor.schema._strawberry_schema.config.info_class  # type: ignore[attr-defined]
