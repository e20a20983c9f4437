"""The table of docs/settings.md, made from `Settings`; `python -m scripts.reference_pages` writes it."""

from pathlib import Path, PurePath
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from graph_api.settings import Settings

FILE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """# Settings

Environment variables, or lines of an `.env` file in the working directory; a variable wins over the file, and a
command-line option over both. A list is words separated by commas or spaces. This table is made from
`graph_api/settings.py` by `python -m scripts.reference_pages`, and a test fails when it is out of date.

| variable | default | what it is |
|---|---|---|
"""

DEFAULTS = {"data_dir": "`~/.local/share/meshweave`", "cache_dir": "`~/.cache/meshweave`"}


def table() -> str:
    return HEAD + "".join(row(name, field) for name, field in Settings.model_fields.items())


def row(name: str, field: FieldInfo) -> str:
    description = (field.description or "").replace("|", "\\|")
    return f"| `MESHWEAVE_{name.upper()}` | {DEFAULTS.get(name) or shown(field.default)} | {description} |\n"


def shown(default: Any) -> str:
    if default is None or default is PydanticUndefined or default == ():
        return "unset"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if not isinstance(default, PurePath) else f"`{default.as_posix()}`"
