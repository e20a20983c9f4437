"""Grafana dashboard of a product, in Classic JSON: the three common metrics and each service level with its target."""

from typing import Any

from resolvers.infrastructure.documents import to_json
from resolvers.infrastructure.plan import COMPLIANCE, FRESHNESS, QUALITY, AlertPlan, InfrastructurePlan
from resolvers.infrastructure.prometheus import selector

SCHEMA_VERSION = 36
UNITS = {FRESHNESS: "s", QUALITY: "percentunit", COMPLIANCE: "percent"}
WIDTH, HEIGHT = 12, 8


def render(plan: InfrastructurePlan) -> str:
    return to_json(dashboard(plan))


def dashboard(plan: InfrastructurePlan) -> dict[str, Any]:
    titles = {FRESHNESS: "Freshness", QUALITY: "Quality", COMPLIANCE: "Service levels kept"}
    panels = [(titles[metric], metric, UNITS[metric], None) for metric in plan.monitoring.metrics]
    panels += [(alert.service_level, alert.metric, _unit(alert), alert) for alert in plan.monitoring.alerts]
    return {
        "uid": plan.monitoring.dashboard,
        "title": f"{plan.domain} / {plan.product}",
        "description": plan.urn,
        "tags": ["meshweave", plan.domain],
        "timezone": "utc",
        "editable": True,
        "schemaVersion": SCHEMA_VERSION,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "panels": [_panel(plan, at, *panel) for at, panel in enumerate(panels)],
    }


def _unit(alert: AlertPlan) -> str:
    if alert.metric.endswith("_seconds"):
        return "s"
    return "percentunit" if alert.metric.endswith("_ratio") else "none"


def _panel(
    plan: InfrastructurePlan, at: int, title: str, metric: str, unit: str, alert: AlertPlan | None
) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": unit}
    if alert is not None:
        good, bad = ("green", "red") if alert.condition == "ABOVE" else ("red", "green")
        steps = [{"color": good, "value": None}, {"color": bad, "value": alert.threshold}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    return {
        "id": at + 1,
        "type": "timeseries",
        "title": title,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": at % 2 * WIDTH, "y": at // 2 * HEIGHT},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [{"refId": "A", "expr": f"{metric}{selector(plan)}", "legendFormat": metric}],
    }
