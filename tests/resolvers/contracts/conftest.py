"""Every test here leaves right cards behind, and a mesh in memory that is as the database has it."""

from tests.kept import kept_mesh
from tests.snapshot_comparison import right_snapshots

__all__ = ["kept_mesh", "right_snapshots"]
