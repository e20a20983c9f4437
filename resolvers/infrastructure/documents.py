"""JSON and YAML text of rendered files, the same for the same document."""

import json
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Without anchors: an object that occurs twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def to_json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def to_yaml(*documents: Any) -> str:
    return yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000, explicit_start=len(documents) > 1
    )
