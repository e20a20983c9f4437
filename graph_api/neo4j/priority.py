"""Lowers the CPU priority of background processes."""

import os
from contextlib import suppress
from pathlib import Path

LOWEST = 19
# Linux shares the CPU among sessions first (autogroups); niceness applies only within a session.
AUTOGROUP = Path("/proc/self/autogroup")


def lower_priority() -> None:
    """Gives this process, its session and its future children the lowest priority. Call it in each process that starts
    a session."""
    with suppress(OSError):
        os.nice(LOWEST)
    with suppress(OSError):  # a kernel without autogroups, or a container that hides them
        AUTOGROUP.write_text(str(LOWEST))
