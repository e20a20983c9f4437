"""Every test here leaves right cards behind."""

from tests.cards import right_cards

__all__ = ["right_cards"]
