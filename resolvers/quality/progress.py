"""Progress of a quality run."""

from typing import Any


class Progress:
    """`stage` is the current step; `share`, 0 to 1, is the completed part of the run."""

    def __init__(self) -> None:
        self.name = "waiting"
        self._base = 0.0
        self._span = 0.0
        self._session: Any = None

    def stage(self, name: str, base: float, span: float, session: Any = None) -> None:
        """The stage begins at `base` of the whole and takes `span` of it, as far as `session` has scanned."""
        self.name, self._base, self._span, self._session = name, base, span, session

    @property
    def share(self) -> float:
        scanned = self._session.scanned if self._session is not None else 0.0
        return round(self._base + self._span * scanned, 3)
