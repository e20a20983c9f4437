"""How a long wait is told: a sentence, and how far it is, from 0 to 1, or None when nobody can know."""

from collections.abc import Callable

Progress = Callable[[str, float | None], None]


def silent(message: str, fraction: float | None) -> None:
    """The progress of callers who don't watch."""
