"""The work one comparison may do, counted in nodes, so that a hostile schema cannot hold a worker."""

MAX_NODES = 50_000


class TooLarge(Exception):
    """The comparison used up its budget; the caller reports it as a breaking change."""


class Exhausted(Exception):
    """One question used up its share of the budget; its answer is unknown."""


class Budget:
    """`spend` raises `TooLarge` beyond the limit of the comparison, `Exhausted` beyond that of the current question."""

    def __init__(self, nodes: int = MAX_NODES) -> None:
        self.nodes = nodes
        self.spent = 0
        self._question = nodes

    def spend(self, nodes: int = 1) -> None:
        self.spent += nodes
        if self.spent > self.nodes:
            raise TooLarge
        if self.spent > self._question:
            raise Exhausted

    def question(self, share: int) -> "Question":
        return Question(self, share)


class Question:
    """Context manager: at most `share` nodes may be spent inside, or less where an outer one allows less."""

    def __init__(self, budget: Budget, share: int) -> None:
        self._budget, self._share = budget, share

    def __enter__(self) -> None:
        self._before = self._budget._question
        self._budget._question = min(self._before, self._budget.spent + self._share)

    def __exit__(self, *_: object) -> None:
        self._budget._question = self._before
