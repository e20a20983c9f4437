"""Measures the comparison of contracts: breaks that documents prove, those it misses, and false alarms by kind.

    python -m scripts.contract_soundness [--suite DIRECTORY] [--seeds N] [--write]

`--suite` is a checkout of the JSON Schema Test Suite, or the folder of its draft 2020-12 files: within each file every
schema is compared with every other, and the file's documents are the witnesses. Generated schemas are compared with
mutations of themselves (random documents are the witnesses) and with refactorings (which change nothing). `--write`
puts the table into docs/contracts.md. Ends with status 1 when a break was missed.
"""

import argparse
import copy
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from resolvers.contracts.changes import Change, Severity
from resolvers.contracts.comparison.budget import TooLarge
from resolvers.contracts.comparison.comparison import TOO_LARGE, Comparison, compare_schemas
from resolvers.contracts.comparison.witness import Proposals
from scripts.json_schema_cases import a_document_schema, documents, mutated, refactored

PAGE = Path(__file__).parent.parent / "docs" / "contracts.md"
BEGIN, END = "<!-- soundness: begin -->", "<!-- soundness: end -->"
# Those of the suite's folder that hold one dialect's tests.
DIALECT = ("tests/draft2020-12", ".")


@dataclass
class Figures:
    """Of one source of pairs. A break is proven by a document that the new schema allows and the old one does not."""

    pairs: int = 0
    proven_breaks: int = 0
    missed: list[tuple[Any, Any, Any]] = field(default_factory=list)
    wrong_witnesses: list[tuple[Any, Any, Any]] = field(default_factory=list)
    with_witness: int = 0
    too_large: int = 0
    unproven: int = 0
    same: int = 0
    false_alarms: list[tuple[Any, Any]] = field(default_factory=list)
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)

    def compare(self, old: Any, new: Any, witnesses: list[Any], unchanged: bool = False) -> None:
        """`unchanged`: the two are known to mean the same, so any change is a false alarm."""
        started = time.process_time()
        changes: list[Any] = list(compare_schemas(old, new))
        if unchanged and not changes:
            # Equal texts are not compared any further; here they are.
            changes = Comparison(old, copy.deepcopy(new)).findings()
        self.slowest = max(self.slowest, time.process_time() - started)
        self.pairs += 1
        breaking = [] if unchanged else [change for change in changes if change.severity is Severity.BREAKING]
        is_old, is_new = (validator(schema) for schema in (old, new))
        proof = next(((one,) for one in witnesses if allows(is_new, one) and not allows(is_old, one)), None)
        self.proven_breaks += proof is not None
        if proof is not None and not breaking:
            self.missed.append((old, new, proof[0]))
        self.too_large += any(TOO_LARGE in change.message for change in breaking)
        shown = [change.witness for change in breaking if change.witness is not None]
        self.with_witness += bool(shown)
        self.wrong_witnesses += [(old, new, one) for one in shown if not allows(is_new, one) or allows(is_old, one)]
        if breaking and proof is None and not shown:
            self.unproven += 1
            self.kinds.update({kind_of(change) for change in breaking})
        if unchanged:
            self.same += 1
            if changes:
                self.false_alarms.append((old, new))


def kind_of(change: Change) -> str:
    """The rule, with the keywords that its message names when it is a rule for several."""
    named = re.search(r"(?:conditions \(([^)]*)\)| had ([A-Za-z]+) )", change.message)
    return change.rule if named is None else f"{change.rule} ({named[1] or named[2]})"


def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, validate_formats=True)


def allows(compiled: Draft202012Validator, document: Any) -> bool:
    return compiled.is_valid(document)


def usable(schema: Any) -> bool:
    try:
        validator(schema)
    except ValueError:
        return False
    return True


def suite_files(folder: Path) -> list[Path]:
    for sub in DIALECT:
        files = sorted((folder / sub).rglob("*.json"))
        if files:
            return files
    return []


def suite(files: list[Path]) -> Figures:
    """Every schema of a file with every other and with itself."""
    figures = Figures()
    for file in files:
        groups = [group for group in json.loads(file.read_text()) if usable(group["schema"])]
        witnesses = [test["data"] for group in groups for test in group["tests"]]
        for one in groups:
            for other in groups:
                figures.compare(one["schema"], other["schema"], witnesses, unchanged=one is other)
    return figures


def pairs(seeds: range) -> Iterator[tuple[random.Random, Any]]:
    for seed in seeds:
        rng = random.Random(seed)
        schema = a_document_schema(rng)
        if usable(schema):
            yield rng, schema


def mutations(seeds: range) -> Figures:
    figures = Figures()
    for rng, schema in pairs(seeds):
        changed = mutated(rng, schema)
        if usable(changed):
            figures.compare(schema, changed, [*documents(rng, 40), *proposed(changed)])
    return figures


def proposed(schema: Any) -> list[Any]:
    """Documents that the schema allows, made from its constraints: random ones seldom are."""
    try:
        comparison = Comparison(True, schema)
        return list(islice(Proposals(comparison.algebra).of(comparison.new), 40))
    except (TooLarge, OverflowError):
        return []


def refactorings(schemas: Iterator[tuple[random.Random, Any]]) -> Figures:
    figures = Figures()
    for rng, schema in schemas:
        rewritten = refactored(rng, schema)
        if usable(rewritten):
            figures.compare(schema, rewritten, [], unchanged=True)
    return figures


def suite_schemas(files: list[Path]) -> Iterator[tuple[random.Random, Any]]:
    for file in files:
        for number, group in enumerate(json.loads(file.read_text())):
            text = json.dumps(group["schema"])
            # A pointer that names a place would have to move with what is there.
            pointers = re.findall(r'"#/([^"]*)"', text) + re.findall(r'"[^"]+#/([^"]*)"', text)
            named = all(re.fullmatch(r"\$defs/[^/]+", pointer) for pointer in pointers)
            if isinstance(group["schema"], dict) and named and usable(group["schema"]):
                yield random.Random(number), group["schema"]


def table(rows: dict[str, Figures]) -> str:
    lines = [
        "| compared | pairs | breaks proven by a document | missed | BREAKING with a witness | BREAKING, not proven "
        "either way | known to be the same | of these reported | too large | slowest (CPU) |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in rows.items():
        lines.append(
            f"| {name} | {figures.pairs:,} | {figures.proven_breaks:,} | {len(figures.missed):,} "
            f"| {figures.with_witness:,} | {figures.unproven:,} | {figures.same:,} | {len(figures.false_alarms):,} "
            f"| {figures.too_large:,} | {figures.slowest * 1000:.0f} ms |"
        )
    return "\n".join(lines)


def kinds_table(rows: dict[str, Figures], most: int = 12) -> str:
    """What is neither proven to break nor to be compatible: the upper bound of false alarms, by kind."""
    total: Counter[str] = Counter()
    for figures in rows.values():
        total += figures.kinds
    lines = ["| BREAKING, not proven either way: kind | pairs |", "|---|---|"]
    lines += [f"| `{kind}` | {count:,} |" for kind, count in total.most_common(most)]
    others = sum(total.values()) - sum(count for _, count in total.most_common(most))
    return "\n".join([*lines, f"| others | {others:,} |"])


def write(text: str) -> None:
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, help="the JSON Schema Test Suite")
    parser.add_argument("--seeds", type=int, default=2_000, help="how many schemas to generate")
    parser.add_argument("--write", action="store_true", help="put the table into docs/contracts.md")
    given = parser.parse_args(arguments)
    rows: dict[str, Figures] = {}
    if given.suite is not None:
        files = suite_files(given.suite)
        if not files:
            parser.error(f"{given.suite} holds no JSON files.")
        rows[f"JSON Schema Test Suite, {len(files)} files"] = suite(files)
        rows["its schemas, refactored"] = refactorings(suite_schemas(files))
    seeds = range(given.seeds)
    rows["generated schemas, mutated"] = mutations(seeds)
    rows["generated schemas, refactored"] = refactorings(pairs(seeds))
    text = f"{table(rows)}\n\n{kinds_table(rows)}"
    print(text)
    for name, figures in rows.items():
        for old, new, witness in figures.missed[:5]:
            print(f"\nmissed in {name}: {json.dumps(old)} -> {json.dumps(new)}, shown by {json.dumps(witness)}")
        for old, new in figures.false_alarms[:5]:
            print(f"\nfalse alarm in {name}: {json.dumps(old)} -> {json.dumps(new)}")
        for old, new, witness in figures.wrong_witnesses[:5]:
            print(f"\nwrong witness in {name}: {json.dumps(old)} -> {json.dumps(new)}, {json.dumps(witness)}")
    if given.write:
        write(text)
    return 1 if any(figures.missed or figures.wrong_witnesses for figures in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
