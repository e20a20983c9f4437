"""Explains a failed build of GraphiQL from the output of npm and vite."""

from pathlib import Path

from graph_api.neo4j.errors import StartError

RETRY = "then run `meshweave graphiql build` and reload this page"

# The first row with a mark that occurs in the output wins, so the particular stands above the general.
REASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("ENOSPC", "EDQUOT"), "the disk is full", f"Free 500 MB, {RETRY}."),
    (
        ("heap out of memory",),
        "the bundler ran out of memory",
        f"Free 1.5 GB of memory, {RETRY}.",
    ),
    (
        ("SELF_SIGNED_CERT", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_VERIFY_LEAF", "CERT_HAS_EXPIRED", "DEPTH_ZERO"),
        "the npm registry's certificate is not trusted",
        f"Set `cafile` in ~/.npmrc or NODE_EXTRA_CA_CERTS to your certificate authority, {RETRY}.",
    ),
    (
        ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH",
         "ENOTCACHED", "ERR_SOCKET_TIMEOUT", "EIDLETIMEOUT"),
        "the npm registry cannot be reached",
        f"Connect to the network, or set `registry` or `proxy` in ~/.npmrc, {RETRY}.",
    ),
    (
        ("EINTEGRITY",),
        "the npm registry served a package that is not the one this version was made with",
        f"Check `registry` in ~/.npmrc, run `npm cache clean --force`, {RETRY}.",
    ),
    (
        ("code E401", "code E403", "code E404", "code ETARGET"),
        "the npm registry refuses or lacks a package",
        f"Check `registry` and its login in ~/.npmrc, {RETRY}.",
    ),
    (
        ("EACCES", "EPERM", "EROFS"),
        "a folder cannot be written",
        f"Check the rights of ~/.npm and of the cache, {RETRY}.",
    ),
)  # fmt: skip


class BuildFailed(StartError):
    """The page cannot be made; the API is none the worse, so no server stops for it."""


class BuildStopped(Exception):
    """The server is stopping: the page is not needed any more."""


def explain(step: str, output: str, returncode: int, log: Path) -> BuildFailed:
    """What `step` ("npm ci", "vite build") died of, by its output and exit code."""
    for marks, reason, remedy in REASONS:
        if any(mark in output for mark in marks):
            return BuildFailed(f"{step} failed: {reason}.", remedy)
    if returncode < 0:
        return BuildFailed(
            f"{step} was killed by signal {-returncode}; mostly for want of memory.", f"Free 1.5 GB, {RETRY}."
        )
    return BuildFailed(f"{step} failed with exit code {returncode}; all it said is in {log}.", f"Check that, {RETRY}.")


def cannot_write(error: OSError, folder: Path) -> BuildFailed:
    return BuildFailed(
        f"Cannot write to {folder}: {error.strerror or error}.",
        f"Make room or give this user write access, or point MESHWEAVE_CACHE_DIR elsewhere, {RETRY}.",
    )
