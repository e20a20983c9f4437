"""Caches query texts: each is parsed, measured and validated once. Variables, callers and answers are never cached."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graph_api.execution.compiled.executors import Executors
from graph_api.execution.compiled.operations import CompiledOperations
from graph_api.execution.cost import CostModel
from graph_api.execution.limits import LimitError, Limits, check_shape
from schema.selection import find_names

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_ERRORS = 20
# Long texts are rare and their trees large: what the cache may hold in all is bounded too, in characters.
CHARACTERS_PER_ENTRY = 4_000

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


class Document:
    """One query text. `errors` say why it cannot run; then `ast` may be None."""

    def __init__(self, ast: DocumentNode | None, errors: list[GraphQLError], code: str, limit: int) -> None:
        self.compiled = CompiledOperations()
        self.executors = Executors(ast) if ast else None
        self.ast = ast
        self.errors = errors
        self.code = code
        self._limit = limit
        definitions = ast.definitions if ast else ()
        self.operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
        self._fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        self._prices: dict[int, float] = {}
        self._names: dict[int, frozenset[str]] = {}
        self.notes: dict[Any, Any] = {}  # of fields that look at what is asked below them; kept as long as this

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Raises `GraphQLError` unless `name` selects exactly one operation."""
        named = [o for o in self.operations if name is None or (o.name and o.name.value == name)]
        if len(named) == 1:
            return named[0]
        if name is not None:
            raise GraphQLError(
                f"Unknown operation named '{name}'.", extensions={"code": "OPERATION_RESOLUTION_FAILURE"}
            )
        raise GraphQLError(
            "Must provide operation name if query contains multiple operations."
            if named
            else "Must provide an operation.",
            extensions={"code": "OPERATION_RESOLUTION_FAILURE"},
        )

    def names(self, operation: OperationDefinitionNode) -> frozenset[str]:
        """Of all fields that the operation may ask for, whatever @skip and @include say."""
        cached = self._names.get(id(operation))
        if cached is None:
            cached = self._names[id(operation)] = find_names([operation.selection_set], self._fragments)
        return cached

    def price(self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> float:
        cached = self._prices.get(id(operation))
        if cached is not None:
            return cached
        model = CostModel(schema, self._fragments, self._limit)
        price = model.price(operation, variables)
        if not model.sized_by_variables:
            self._prices[id(operation)] = price
        return price


class CacheStatistics(NamedTuple):
    hits: int
    misses: int
    entries: int


class Documents:
    """The last used texts of one schema, bounded in number and in characters."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, entries: int) -> None:
        self._schema = schema
        self._limits = limits
        self._entries = entries
        self._characters = entries * CHARACTERS_PER_ENTRY
        self._held = 0
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._hits = self._misses = 0

    def get(self, text: str) -> Document:
        document = self._known.get(text)
        if document is not None:
            self._hits += 1
            self._known.move_to_end(text)
            return document
        self._misses += 1
        document = read(text, self._schema, self._limits)
        self._keep(text, document)
        return document

    def statistics(self) -> CacheStatistics:
        return CacheStatistics(self._hits, self._misses, len(self._known))

    def _keep(self, text: str, document: Document) -> None:
        if len(text) > self._limits.query_length:
            return
        self._known[text] = document
        self._held += len(text)
        while len(self._known) > self._entries or self._held > self._characters:
            oldest, document = self._known.popitem(last=False)
            self._held -= len(oldest)
            document.compiled.forget()


def read(text: str, schema: GraphQLSchema, limits: Limits) -> Document:
    if len(text) > limits.query_length:
        return Document(None, [too_long(len(text), limits.query_length)], "MAX_QUERY_LENGTH_EXCEEDED", limits.cost)
    try:
        ast = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
    except GraphQLError as error:
        return Document(None, [advised(error)], PARSE_FAILED, limits.cost)
    try:
        exceeded = check_shape(ast, limits)
        errors: list[GraphQLError] = [exceeded] if exceeded else validate(schema, ast, RULES, MAX_ERRORS)
    except RecursionError:
        errors = [
            LimitError(
                "MAX_DEPTH_EXCEEDED", "The operation's fragments nest too deeply: use fewer levels of fragments."
            )
        ]
    unlink_tokens(ast)
    return Document(ast, errors, VALIDATION_FAILED, limits.cost)


def unlink_tokens(ast: DocumentNode) -> None:
    """Tokens point to those before and behind them, which only the parser needs. Unlinked, a text that is no longer
    kept is freed at once, and need not wait for the collector, which comes rarely."""
    token = ast.loc.start_token if ast.loc else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


def too_long(length: int, limit: int) -> LimitError:
    return LimitError(
        "MAX_QUERY_LENGTH_EXCEEDED",
        f"The query text has {length} characters, at most {limit} are allowed: send values as variables, "
        "or have the operator raise MESHWEAVE_MAX_QUERY_LENGTH.",
    )


def advised(error: GraphQLError) -> GraphQLError:
    """The parser's own limits, in our words."""
    for mark, name in (("tokens", "MAX_TOKENS"), ("comments", "MAX_COMMENTS")):
        if mark in error.message and "Document contains more than" in error.message:
            reason = error.message.removeprefix("Syntax Error: ").split(".")[0].replace("Document", "The query text")
            return LimitError(
                f"{name}_EXCEEDED",
                f"{reason}: split it into several requests, or have the operator raise MESHWEAVE_{name}.",
            )
    return error
