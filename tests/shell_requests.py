"""The requests that a document shows as shell commands, for the tests that run them."""

import json
import re
from pathlib import Path
from typing import Any


def bodies(document: Path) -> list[str]:
    """What stands between `<<JSON` and `JSON`, unchanged."""
    return re.findall(r"^gql <<JSON\n(.*?)^JSON$", document.read_text(), re.MULTILINE | re.DOTALL)


def request(body: str, variables: dict[str, str]) -> dict[str, Any]:
    """`body` as an unquoted here-document gives it: variables filled in, then `\\$` unescaped."""
    filled = re.sub(r"(?<!\\)\$([A-Z]+)", lambda match: variables[match[1]], body)
    return json.loads(filled.replace("\\$", "$"))
