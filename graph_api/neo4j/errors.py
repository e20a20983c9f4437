"""Errors that prevent a start, with a message for the user."""

import errno
from pathlib import Path


class StartError(Exception):
    """What went wrong and what to do about it, one line each. The CLI prints both and exits with 1."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


def storage_error(error: OSError, folder: Path) -> StartError:
    """Message for a folder that cannot be written: full disk, missing rights, or the system's own text."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StartError(f"The disk is full: cannot write to {folder}.", "Free some space there and start again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StartError(
            f"No permission to write to {folder}.",
            "Give this user write access, or point MESHWEAVE_DATA_DIR and MESHWEAVE_CACHE_DIR elsewhere.",
        )
    return StartError(f"Cannot write to {folder}: {error.strerror or error}.", "Check that folder and its disk.")
