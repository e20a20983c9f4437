"""What keeps an instance from starting, in words for whoever started it."""

import errno
from pathlib import Path


class StartError(Exception):
    """One clear line of what went wrong and one of what to do about it. The CLI prints both and exits with 1."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


def storage_error(error: OSError, folder: Path) -> StartError:
    """The line for a folder that cannot be written: a full disk, missing rights, or what the system says."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StartError(f"The disk is full: cannot write to {folder}.", "Free some space there and start again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StartError(
            f"No permission to write to {folder}.",
            "Give this user write access, or point MESHWEAVE_DATA_DIR and MESHWEAVE_CACHE_DIR elsewhere.",
        )
    return StartError(f"Cannot write to {folder}: {error.strerror or error}.", "Check that folder and its disk.")
