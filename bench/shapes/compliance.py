"""The compliance report of a domain and of the whole mesh: how many findings, of which policies, and the first fifty.

The bare database and the peer are asked in the Cypher that a user would write for the same policies.
"""

from pathlib import Path
from typing import Any

from bench.chosen import Chosen
from bench.policies import REFUSING, WARNING
from bench.shapes.shape import Shape

FIRST = 50
REPORT = f"""{{
  checkedProducts overallCompliance
  violations(first: {FIRST}) {{ totalCount nodes {{ product {{ urn }} policy {{ name }} }} }}
  warnings(first: {FIRST}) {{ totalCount nodes {{ product {{ urn }} policy {{ name }} }} }}
  byPolicy {{ policy {{ name }} checkedProducts compliantProducts violations warnings }}
}}"""
OF_DOMAIN = f"query ($domain: String!) {{ complianceReport(scope: {{domain: $domain}}) {REPORT} }}"
OF_MESH = f"{{ complianceReport {REPORT} }}"

# The peer, in a process of its own, asks the same.
OFFENCES = (Path(__file__).parent.parent / "peer" / "findings.cypher").read_text()
FINDINGS = (
    OFFENCES
    + """WITH collect({urn: urn, names: names}) AS products
CALL (products) {
  UNWIND products AS one UNWIND one.names AS name
  WITH one.urn AS urn, name ORDER BY urn, name
  RETURN collect([urn, name]) AS findings
}
CALL (findings) {
  UNWIND findings AS finding
  WITH finding[1] AS name, count(*) AS found, count(DISTINCT finding[0]) AS offenders
  RETURN collect([name, found, offenders]) AS policies
}
RETURN [size(products), [f IN findings WHERE f[1] IN $refusing][..50],
  [f IN findings WHERE NOT f[1] IN $refusing][..50], policies]"""
)

THEIR_REPORT = """{
  checkedProducts violations { urn policy } warnings { urn policy } policies { name findings offenders }
}"""
THEIRS_OF_DOMAIN = f"""query ($domain: String!, $refusing: [String!]!) {{
  reportOfDomain(domain: $domain, refusing: $refusing) {THEIR_REPORT}
}}"""
THEIRS_OF_MESH = f"query ($refusing: [String!]!) {{ reportOfMesh(refusing: $refusing) {THEIR_REPORT} }}"


def reports(chosen: Chosen) -> list[Shape]:
    return [
        Shape(
            name="compliance of a domain",
            query=OF_DOMAIN,
            ours=lambda data: our_form(data["complianceReport"]),
            cypher=f"MATCH (p:DataProduct) WHERE p.domain = $domain AND p.urn >= ''\n{FINDINGS}",
            raw=lambda value: common_form(*value),
            peer_query=THEIRS_OF_DOMAIN,
            theirs=lambda data: their_form(data["reportOfDomain"]),
            variables=[{"domain": domain, "refusing": REFUSING} for domain in chosen.domains],
        ),
        Shape(
            name="compliance of the mesh",
            query=OF_MESH,
            ours=lambda data: our_form(data["complianceReport"]),
            cypher=f"MATCH (p:DataProduct)\n{FINDINGS}",
            raw=lambda value: common_form(*value),
            peer_query=THEIRS_OF_MESH,
            theirs=lambda data: their_form(data["reportOfMesh"]),
            variables=[{"refusing": REFUSING}],
            size="L",
        ),
    ]


def common_form(checked: int, violations: list[Any], warnings: list[Any], policies: list[list[Any]]) -> list[Any]:
    """`policies` are [name, findings, products with one], only of those with a finding."""
    found = {name: (findings, offenders) for name, findings, offenders in policies}
    rows = []
    for name in sorted((*WARNING, *REFUSING)):
        findings, offenders = found.get(name, (0, 0))
        refuses = name in REFUSING
        compliant = checked - offenders if refuses else checked
        rows.append([name, checked, compliant, findings if refuses else 0, 0 if refuses else findings])
    totals = [sum(row[3] for row in rows), sum(row[4] for row in rows)]
    return [checked, totals[0] == 0, totals, violations, warnings, rows]


def our_form(report: dict[str, Any]) -> list[Any]:
    policies = [
        [row["policy"]["name"], row["checkedProducts"], row["compliantProducts"], row["violations"], row["warnings"]]
        for row in report["byPolicy"]
    ]
    violations, warnings = report["violations"], report["warnings"]
    return [
        report["checkedProducts"],
        report["overallCompliance"],
        [violations["totalCount"], warnings["totalCount"]],
        [[one["product"]["urn"], one["policy"]["name"]] for one in violations["nodes"]],
        [[one["product"]["urn"], one["policy"]["name"]] for one in warnings["nodes"]],
        sorted(policies),
    ]


def their_form(report: dict[str, Any]) -> list[Any]:
    return common_form(
        report["checkedProducts"],
        [[one["urn"], one["policy"]] for one in report["violations"]],
        [[one["urn"], one["policy"]] for one in report["warnings"]],
        [[one["name"], one["findings"], one["offenders"]] for one in report["policies"]],
    )
