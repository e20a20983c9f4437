"""Every test here leaves right product snapshots behind."""

from tests.snapshot_comparison import right_snapshots

__all__ = ["right_snapshots"]
