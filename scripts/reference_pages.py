"""The reference pages of docs/ that are made from the code: `python -m scripts.reference_pages` writes them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph_api import settings_table
from resolvers.contracts import changes
from resolvers.governance.rules.registry import BUILTIN
from resolvers.governance.rules.rule import Rule

DOCS = Path(__file__).parents[1] / "docs"
MADE = "This page is made from the code by `python -m scripts.reference_pages`; a test fails when it is out of date."

RULES_HEAD = f"""# Built-in policy rules

A policy names one of these rules in `rule: {{builtin: {{name: …, parameters: {{…}}}}}}`. [governance.md](governance.md)
explains policies and has examples. {MADE}

- **Judged when** lists the parts of a product whose change makes a policy with this rule judge a write.
- **Reaches** lists the products that such a change can affect, beside the changed one.
"""

CHANGES_HEAD = f"""# Rules that compare contracts

A new contract version is compared with the one in force. Each difference is one of these rules, whose ids are stable.
A BREAKING change is refused while a consumer uses what changes; [contracts.md](contracts.md) explains how. "At least"
is the part of the version number that has to rise. {MADE}

| rule | verdict | at least | why |
|---|---|---|---|
"""

PARTS = {
    "PRODUCT": "the product's own fields",
    "OWNER": "the owner",
    "STATUS": "the status",
    "CONTRACT": "the contract",
    "EDGES": "the dependencies",
}
OTHERS = {
    "SELF": "",
    "CONSUMERS": "its consumers",
    "PROVIDERS": "its providers",
    "DOWNSTREAM": "all products downstream",
}


def rules_page() -> str:
    return RULES_HEAD + "".join(rule_section(rule) for rule in BUILTIN.values())


def rule_section(rule: Rule) -> str:
    meaning = (sys.modules[rule.check.__module__].__doc__ or "").strip()
    others = sorted({OTHERS[reach] for reaches in rule.reach.values() for reach in reaches} - {""})
    reaches = "the whole mesh" if rule.mesh_wide else ", ".join(others) or "no other product"
    judged = ", ".join(PARTS[aspect] for aspect in rule.reach)
    lines = [f"\n## {rule.name}\n", f"{meaning}\n", f"Judged when: {judged}. Reaches: {reaches}.\n", *parameters(rule)]
    return "\n".join(lines)


def parameters(rule: Rule) -> Iterator[str]:
    """The table of parameters; nothing for a rule without any."""
    fields = rule.parameters.model_fields
    if fields:
        yield "| parameter | default | meaning |\n|---|---|---|"
        for name, field in fields.items():
            default = "required" if field.is_required() else shown(field.default)
            yield f"| `{name}` | {default} | {field.description} |"
        yield ""


def shown(default: Any) -> str:
    if isinstance(default, tuple):
        return ", ".join(f"`{value}`" for value in default) or "none"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def changes_page() -> str:
    rows = (f"| `{rule.id}` | {rule.severity.value} | {rule.bump} | {rule.why} |\n" for rule in changes.RULES.values())
    return CHANGES_HEAD + "".join(rows)


PAGES = {
    DOCS / "settings.md": settings_table.table,
    DOCS / "rules.md": rules_page,
    DOCS / "breaking-changes.md": changes_page,
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        file.write_text(page())
