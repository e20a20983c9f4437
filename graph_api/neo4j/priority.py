"""The lowest priority for a process whose work nobody waits for."""

import os
from contextlib import suppress
from pathlib import Path

LOWEST = 19
# Linux shares the CPU among sessions first (autogroups), and niceness counts within one alone.
AUTOGROUP = Path("/proc/self/autogroup")


def lower_priority() -> None:
    """Of this process, its session and its children to come. Call it in every process that has a session of its own."""
    with suppress(OSError):
        os.nice(LOWEST)
    with suppress(OSError):  # a kernel without autogroups, or a container that hides them
        AUTOGROUP.write_text(str(LOWEST))
