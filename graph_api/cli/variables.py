"""Warnings for environment variables that start with `MESHWEAVE_` and are not settings."""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches

from dotenv import dotenv_values

from graph_api.settings import Settings

PREFIX = "MESHWEAVE_"
# What Kubernetes and Docker set for a service or container of our name, and what our tests read.
FOREIGN = re.compile(r"MESHWEAVE_(.*_)?(SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_(TCP|UDP).*|ENV_.*)|MESHWEAVE_TEST_.*")


def unknown_variables() -> list[str]:
    """A sentence for each variable of the environment or the .env file that looks like a setting and is none."""
    return unknown(sorted({*os.environ, *dotenv_values(str(Settings.model_config.get("env_file")))}))


def unknown(names: Iterable[str]) -> list[str]:
    setting_names = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    wrong = [name for name in names if name.upper().startswith(PREFIX) and name.upper() not in setting_names]
    return [warning_for(name, setting_names) for name in wrong if not FOREIGN.fullmatch(name.upper())]


def warning_for(name: str, names: list[str]) -> str:
    near = get_close_matches(name.upper(), names, n=1, cutoff=0.8) or same_letters(name.upper(), names)
    advice = f"did you mean {near[0]}?" if near else "docs/settings.md lists those there are."
    return f"{name} is not a setting and does nothing; {advice}"


def same_letters(name: str, names: list[str]) -> list[str]:
    """Settings that differ by underscores alone."""
    return [one for one in names if one.replace("_", "") == name.replace("_", "")]
