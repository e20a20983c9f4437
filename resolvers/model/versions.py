"""Semantic versions of products and contracts, by semver.org as the `semver` library reads it."""

from collections.abc import Collection
from typing import Final

from semver import Version

# Numbers that long are mistakes, and longer ones slow down every comparison.
MAX_LENGTH: Final = 96


def version_problem(text: str) -> str | None:
    """Why `text` is not a version of a product or contract; None when it is one."""
    # The library takes a line end behind the version, which `isprintable` does not.
    if len(text) > MAX_LENGTH or not (text.isascii() and text.isprintable()) or not Version.is_valid(text):
        return "is a semantic version, MAJOR.MINOR.PATCH, e.g. 1.0.0 or 1.0.0-rc.1; numbers have no leading zeros"
    if Version.parse(text).build:
        # semver.org, item 10: two versions that differ in build metadata alone cannot be ordered.
        return "has build metadata (+…), which takes no part in the order of versions: leave it out"
    return None


def parse_version(text: str) -> Version | None:
    """The semantic version that `text` writes; None when it is none or has build metadata."""
    return Version.parse(text) if version_problem(text) is None else None


def is_higher(version: str, other: str) -> bool:
    """By semantic precedence: a pre-release comes before its release."""
    return Version.parse(version) > Version.parse(other)


def next_version(current: str, bumps: Collection[str]) -> str:
    """The least release that may follow `current` for changes of these `bumps` (major, minor, patch).

    Below 1.0.0 each part counts one lower, as package managers have it: 0.3.1 breaks in 0.4.0, grows in 0.3.2. What
    follows a pre-release may change as much as its release announces: after 2.0.0-rc.1 anything may change up to 2.0.0,
    after 1.1.0-rc.1 fields may be added up to 1.1.0, and what breaks readers waits for 2.0.0.
    """
    version = Version.parse(current)
    release = version.finalize_version()
    before_first = release.major == 0
    bump = "major" if "major" in bumps else "minor" if "minor" in bumps and not before_first else "patch"
    if version.prerelease and announces(release, bump):
        return str(release)
    if bump == "major":
        return str(release.bump_minor() if before_first else release.bump_major())
    return str(release.bump_minor() if bump == "minor" else release.bump_patch())


def announces(release: Version, bump: str) -> bool:
    """Whether a version of this number may differ by `bump` from the release before it."""
    if bump == "major":
        return release.patch == 0 and (release.minor == 0 or release.major == 0)
    return release.patch == 0 or bump == "patch"
