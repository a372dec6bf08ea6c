"""Metrics that a filter makes of log lines.

AWS: an event that matches the filter's pattern gives a data point of `metricValue`, with the dimensions that the event
has; an event that lacks one of them gives none. Source: CloudWatch Logs user guide, "Filter pattern syntax for metric
filters", "Creating metrics from log events using filters".
MiniStack: keeps the filters, and never applies one. Of AWS's patterns only `{ $.field = value }` is known here, with
any comparison; another one is refused when it is put.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from .hooks import wrap

PATTERN = re.compile(r'^\{\s*\$\.(?P<path>[\w.]+)\s*(?P<operator>=|!=|<=|>=|<|>)\s*(?P<value>"[^"]*"|[\w.*-]+)\s*\}$')

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def install() -> None:
    """Refuses patterns that would never match here."""
    from ministack.core.responses import error_response_json
    from ministack.services import cloudwatch_logs

    def make(original: Any) -> Any:
        def put_metric_filter(data: Mapping[str, Any]) -> Any:
            pattern = data.get("filterPattern", "")
            if not PATTERN.match(pattern):
                return error_response_json("InvalidParameterException", f"not known to this emulator: {pattern}", 400)
            return original(data)

        return put_metric_filter

    wrap(cloudwatch_logs, "_put_metric_filter", make)


def collect(group: str, event: Mapping[str, Any]) -> None:
    """Records what the filters of the group make of an event."""
    from ministack.services import cloudwatch, cloudwatch_logs

    for (name, _), definition in list(cloudwatch_logs._metric_filters.items()):
        if name != group:
            continue
        document = object_of(str(event.get("message", "")))
        if document is None or not matches(definition["filterPattern"], document):
            continue
        for transformation in definition["metricTransformations"]:
            datum = transformed(transformation, document)
            if datum is not None:
                value, dimensions = datum
                place = (transformation["metricNamespace"], transformation["metricName"])
                cloudwatch.record_metric(*place, value, transformation.get("unit", "None"), dimensions)


def object_of(message: str) -> dict[str, Any] | None:
    try:
        document = json.loads(message)
    except json.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def matches(pattern: str, document: Mapping[str, Any]) -> bool:
    """Whether the document has the field, and the comparison holds. A number and a string are never equal."""
    parts = PATTERN.match(pattern)
    found = None if parts is None else field(document, parts["path"])
    if parts is None or found is None:
        return False
    try:
        return COMPARISONS[parts["operator"]](found, literal(parts["value"]))
    except TypeError:
        return False


def field(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def literal(text: str) -> Any:
    if text.startswith('"'):
        return text[1:-1]
    try:
        return float(text)
    except ValueError:
        return {"true": True, "false": False}.get(text.lower(), text)


def transformed(transformation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[float, dict[str, str]] | None:
    """A data point's value and dimensions, or None where the event lacks what they are taken from."""
    value = resolve(transformation["metricValue"], document)
    dimensions = {name: resolve(source, document) for name, source in transformation.get("dimensions", {}).items()}
    if value is None or None in dimensions.values():
        return None
    return float(value), {name: str(found) for name, found in dimensions.items()}


def resolve(source: str, document: Mapping[str, Any]) -> Any:
    return field(document, source[2:]) if source.startswith("$.") else source
