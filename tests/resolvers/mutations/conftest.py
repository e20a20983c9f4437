"""Every test here leaves right cards behind, and a mesh in memory that is as the database has it."""

from tests.cards import right_cards
from tests.kept import kept_mesh

__all__ = ["kept_mesh", "right_cards"]
