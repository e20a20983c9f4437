"""Semantic versions of products and contracts."""

from typing import Final

from semver import Version

# Numbers that long are mistakes, and longer ones slow down every comparison.
MAX_LENGTH: Final = 96


def parse_version(text: str) -> Version | None:
    """The semantic version that `text` writes; None when it is none or has build metadata.

    Build metadata does not take part in precedence (semver.org, item 10), so two versions that differ in it alone could
    not be ordered.
    """
    if len(text) > MAX_LENGTH or not text.isascii() or not Version.is_valid(text):
        return None
    version = Version.parse(text)
    return None if version.build else version
