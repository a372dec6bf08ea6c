"""Alarms on a formula.

AWS: an alarm may look at an expression over metrics. Source: CloudWatch user guide, "Create an alarm based on a metric math
expression", and of `IF(condition, value)`: no data where the condition does not hold.
MiniStack: refuses such a template. Here `IF(a >= NUMBER, b)` over two metrics is known; another formula is refused as there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .hooks import wrap

FORMULA = re.compile(r"^IF\(\s*(?P<count>\w+)\s*>=\s*(?P<least>[\d.]+)\s*,\s*(?P<value>\w+)\s*\)$")


def install() -> None:
    """Lets stacks make them."""
    from ministack.services.cloudformation import provisioners

    wrap(provisioners, "_cw_metric_alarm_record", recording)


def recording(original: Any) -> Any:
    """What MiniStack keeps of such an alarm is that it looks at its formula, in a namespace of none."""

    def record(name: str, properties: dict[str, Any]) -> Any:
        queries = properties.get("Metrics")
        if not queries:
            return original(name, properties)
        formula = formula_of(queries)
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        period = max(int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query)
        shown = {**plain, "Namespace": "formula", "MetricName": formula.string, "Period": period}
        return {**original(name, shown), "Metrics": queries}

    return record


def formula_of(queries: Sequence[Mapping[str, Any]]) -> re.Match[str]:
    """The one expression. Raises ValueError at another one than is known."""
    expressions = [query["Expression"] for query in queries if "Expression" in query]
    found = FORMULA.match(expressions[0]) if len(expressions) == 1 else None
    if found is None:
        raise ValueError(f"this emulator does not know the formula {expressions}")
    return found


def stats_of(queries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By the id that the formula has for them, the metrics that it is made of."""
    return {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}


def value_of(queries: Sequence[Mapping[str, Any]], values: Mapping[str, float | None]) -> float | None:
    """What the formula says of one period."""
    formula = formula_of(queries)
    count = values[formula["count"]]
    return None if count is None or count < float(formula["least"]) else values[formula["value"]]
