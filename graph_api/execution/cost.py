"""Price of an operation: the number of objects that it may load, computed from its list sizes before it runs.

An object counts 1 and a leaf 0.1. Fields that look at the whole mesh count what they read. A connection holds at most
`first` items, a lineage graph `maxNodes` nodes; other lists are as long as an argument that lists ids says, or are
taken to hold 10. The sum is exact for a selection that is spread many times: a fragment is priced once, as a linear
function of the page it stands in.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from graph_api.execution.limits import INTROSPECTION
from schema.federation import plain_name

LEAF = 0.1
LIST_SIZE = 10  # of a list that no argument bounds: fields of a contract, tags, service levels
PAGE_SIZE = 50  # of a connection without `first`
# A whole schema is thousands of small objects, but from memory.
INTROSPECTION_COST = 20_000
# What fields look at beyond what they answer with, in objects of a list: what they took beside ordinary lists in a mesh
# of 10,000 products, by `python -m bench.prices`, rounded. A smaller mesh pays the same.
MESH_REPORT = 50_000
DOMAIN_REPORT = 3_000
PRODUCT_REPORT = 10
HISTORY = 7_000
OFFENDERS = 25_000  # the filter `compliant` judges the mesh
FACETS = 6_000
COUNT = 500
IMPACT = 2_500
PAST_LINEAGE = 8_000
# By itself, and below a list, where one read serves all that are in it.
REPORTS_BELOW = {"DataProduct": PRODUCT_REPORT, "Domain": 200}
COUNTED = {"totalCount": COUNT, "facets": FACETS}
BELOW_A_LIST = 0.02
# A lineage graph is one read within budgets of its own, of nodes and of time: what comes with it counts a tenth. What
# is loaded beyond that for each of its nodes, such as the fields of contracts, counts in full.
LINEAGE_SHARE = 0.1
LINEAGE_ITEM = 5
EDGES_PER_NODE = 2  # measured: 12,700 edges among 6,000 nodes at the hub of a mesh

NESTED_FRAGMENTS = 10
MANY_NAMES = 1_000

SIZING = ("first", "last", "maxNodes")
LISTING = ("representations", "ids", "roots")


class Price(NamedTuple):
    """`fixed` plus `per_item` for each item of the page that the selection stands in."""

    fixed: float = 0.0
    per_item: float = 0.0

    def __add__(self, other: "Price") -> "Price":
        return Price(self.fixed + other.fixed, self.per_item + other.per_item)


class CostModel:
    """Prices the operations of one valid document against `schema`."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], limit: int) -> None:
        self._schema = schema
        self._fragments = fragments
        self._introspection = min(INTROSPECTION_COST, limit // 4)
        self.sized_by_variables = False

    def price(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> float:
        """In objects. `sized_by_variables` tells afterwards whether other variables may cost otherwise."""
        self._variables = defaults(operation) | dict(variables)
        self._known: dict[str, Price] = {}
        root = self._schema.get_root_type(operation.operation)
        return self._selections(operation.selection_set, root).fixed

    def _selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Price:
        total = Price()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._fragment(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                total += self._selections(selection.selection_set, inner)
        return total

    def _fragment(self, name: str) -> Price:
        if name not in self._known:
            definition = self._fragments[name]
            on = self._schema.get_type(definition.type_condition.name.value)
            self._known[name] = self._selections(definition.selection_set, on)
        return self._known[name]

    def _field(self, node: FieldNode, parent: Any) -> Price:
        if node.name.value in INTROSPECTION:
            return Price(self._introspection)
        if node.selection_set is None:
            return Price(LEAF)
        field = self._schema.get_field(parent, node.name.value)
        if field is None:
            return Price(1)
        inner = self._selections(node.selection_set, get_named_type(field.type))
        one = 1 + inner.fixed + self._beyond(node, plain_name(parent))
        if is_list_type(get_nullable_type(field.type)):
            size = self._listed(node)
            if size is None and is_page(parent, node.name.value):
                return Price(0, lineage_item(one, field) if plain_name(parent) == "LineageGraph" else one)
            return Price((LIST_SIZE if size is None else size) * one)
        return Price(one + self._page_size(node, field) * inner.per_item)

    def _beyond(self, node: FieldNode, parent: str) -> float:
        """What the field reads of the mesh to answer, in objects."""
        name = node.name.value
        if name == "compliance":
            return REPORTS_BELOW.get(parent, 0)
        if parent != "Query":
            return BELOW_A_LIST * self._counted(node) if name == "dataProducts" else 0
        match name:
            case "complianceReport":
                return report_price(self._value(node, "scope"))
            case "complianceHistory":
                return HISTORY
            case "dataProducts":
                chosen = self._value(node, "filter")
                judged = isinstance(chosen, dict) and chosen.get("compliant") is not None
                return self._counted(node) + (OFFENDERS if judged else 0)
            case "auditEvents":
                return self._counted(node)
            case "impact":
                return IMPACT
            case "lineage":
                return PAST_LINEAGE if self._value(node, "asOf") is not None else 0
        return 0

    def _counted(self, node: FieldNode) -> float:
        """Of what is asked of all pages of a list, each as often as it is asked."""
        return sum(COUNTED.get(name, 0) for name in self._names(node.selection_set, 0))

    def _names(self, selection_set: SelectionSetNode | None, depth: int) -> list[str]:
        """Of the fields right here, with those of fragments; a fragment bomb is counted to its tenth level."""
        names: list[str] = []
        for selection in selection_set.selections if selection_set and depth < NESTED_FRAGMENTS else ():
            if isinstance(selection, FieldNode):
                names.append(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                names += self._names(selection.selection_set, depth + 1)
            elif isinstance(selection, FragmentSpreadNode):
                names += self._names(self._fragments[selection.name.value].selection_set, depth + 1)
            if len(names) > MANY_NAMES:
                break
        return names

    def _value(self, node: FieldNode, name: str) -> Any:
        """The argument as the operation gives it, variables put in."""
        value = next((a.value for a in node.arguments or () if a.name.value == name), None)
        if value is None:
            return None
        if has_variables(value):
            self.sized_by_variables = True
        return value_from_ast_untyped(value, self._variables)

    def _page_size(self, node: FieldNode, field: GraphQLField) -> float:
        for name in SIZING:
            if name in field.args:
                requested = self._argument(node, name)
                if isinstance(requested, int):
                    return max(requested, 0)
        return next((default_size(field.args[name]) for name in SIZING if name in field.args), PAGE_SIZE)

    def _listed(self, node: FieldNode) -> int | None:
        """The length of the list of ids that `node` is asked for."""
        for name in LISTING:
            requested = self._argument(node, name)
            if isinstance(requested, list):
                return len(requested)
        return None

    def _argument(self, node: FieldNode, name: str) -> Any:
        value = next((a.value for a in node.arguments or () if a.name.value == name), None)
        if isinstance(value, VariableNode):
            self.sized_by_variables = True
            return self._variables.get(value.name.value)
        return literal(value)


def report_price(scope: Any) -> float:
    if not isinstance(scope, dict):
        return MESH_REPORT
    products = scope.get("products")
    if isinstance(products, list):
        return PRODUCT_REPORT * len(products)
    return DOMAIN_REPORT if scope.get("domain") else MESH_REPORT


def has_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(has_variables, value.values))
    if isinstance(value, ObjectValueNode):
        return any(has_variables(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value is not None
    }


def lineage_item(price: float, field: GraphQLField) -> float:
    """For each node of the graph."""
    share = LINEAGE_SHARE * min(price, LINEAGE_ITEM) + max(0.0, price - LINEAGE_ITEM)
    return share * (EDGES_PER_NODE if plain_name(get_named_type(field.type)) == "LineageEdge" else 1)


def default_size(argument: GraphQLArgument) -> int:
    argument_value = argument.default
    value = (
        argument.default_value
        if argument_value is None
        else literal(argument_value.literal)
        if argument_value.literal
        else argument_value.value
    )
    return value if isinstance(value, int) else PAGE_SIZE


def literal(node: Any) -> Any:
    if isinstance(node, IntValueNode):
        return int(node.value)
    return list(node.values) if isinstance(node, ListValueNode) else None


def is_page(parent: Any, name: str) -> bool:
    """Whether this list of `parent` is as long as an argument of the field above it says."""
    return name in ("nodes", "edges") and plain_name(parent).endswith(("Connection", "LineageGraph"))
