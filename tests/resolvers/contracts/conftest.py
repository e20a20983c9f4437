"""Every test here leaves products and product snapshots that say the same."""

from tests.snapshot_comparison import right_snapshots

__all__ = ["right_snapshots"]
