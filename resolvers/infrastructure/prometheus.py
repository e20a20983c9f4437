"""Prometheus alerting rules of a product, one for each service level, and unit tests that prove their direction."""

import json
from typing import Any

from resolvers.infrastructure.documents import to_yaml
from resolvers.infrastructure.plan import AlertPlan, InfrastructurePlan

OPERATORS = {"ABOVE": ">", "BELOW": "<"}
MINUTE = 60


def selector(plan: InfrastructurePlan) -> str:
    """The labels that every metric of the product has."""
    return f"{{domain={quoted(plan.domain)},product={quoted(plan.product)}}}"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def expression(plan: InfrastructurePlan, alert: AlertPlan) -> str:
    return f"{alert.metric}{selector(plan)} {OPERATORS[alert.condition]} {number(alert.threshold)}"


def labels(plan: InfrastructurePlan, alert: AlertPlan) -> dict[str, str]:
    return {
        "severity": plan.monitoring.severity,
        "service_level": alert.service_level,
        "owner_team": plan.owner_team,
        "channels": ",".join(plan.monitoring.channels),
    }


def annotations(plan: InfrastructurePlan, alert: AlertPlan) -> dict[str, str]:
    """Alertmanager expands `{{`, so text of the mesh goes in as a quoted template string."""
    target = number(alert.target) + (f" {alert.unit}" if alert.unit else "")
    bound = "at most" if alert.condition == "ABOVE" else "at least"
    summary = f"{alert.service_level} of {plan.urn} is missed"
    promise_text = f"The contract promises {bound} {target}." + (f" {alert.note}" if alert.note else "")
    return {"summary": escaped(summary), "description": escaped(promise_text)}


def escaped(text: str) -> str:
    return text.replace("{{", "{{ `{{` }}")


def rules(plan: InfrastructurePlan) -> dict[str, Any]:
    alerts = [
        {
            "alert": alert.name,
            "expr": expression(plan, alert),
            "for": f"{alert.for_seconds}s",
            "labels": {key: escaped(value) for key, value in labels(plan, alert).items()},
            "annotations": annotations(plan, alert),
        }
        for alert in plan.monitoring.alerts
    ]
    return {"groups": [{"name": f"{plan.domain}.{plan.product}", "rules": alerts}] if alerts else []}


def render_rules(plan: InfrastructurePlan) -> str:
    return to_yaml(rules(plan))


def render_tests(plan: InfrastructurePlan) -> str:
    """Input of `promtool test rules`: each alert fires on a value that misses its target and on none that keeps it."""
    cases = [_case(plan, alert, missed) for alert in plan.monitoring.alerts for missed in (True, False)]
    return to_yaml({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": cases})


def _case(plan: InfrastructurePlan, alert: AlertPlan, missed: bool) -> dict[str, Any]:
    above = missed == (alert.condition == "ABOVE")
    step = max(abs(alert.threshold) * 0.1, 0.000001)
    value = alert.threshold + step if above else alert.threshold - step
    minutes = alert.for_seconds // MINUTE + 2
    series = {"series": f"{alert.metric}{selector(plan)}", "values": f"{value!r}+0x{minutes}"}
    case: dict[str, Any] = {"eval_time": f"{minutes}m", "alertname": alert.name}
    case["exp_alerts"] = [_expected(plan, alert)] if missed else []
    return {"interval": "1m", "input_series": [series], "alert_rule_test": [case]}


def _expected(plan: InfrastructurePlan, alert: AlertPlan) -> dict[str, Any]:
    promise_text = {key: value.replace("{{ `{{` }}", "{{") for key, value in annotations(plan, alert).items()}
    series = {"domain": plan.domain, "product": plan.product}
    return {"exp_labels": {**labels(plan, alert), **series}, "exp_annotations": promise_text}
