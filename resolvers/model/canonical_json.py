"""JSON text that is equal for equal values."""

import json
from typing import Any


def canonical(value: Any) -> str:
    """JSON text with sorted keys and no spaces, so that equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
