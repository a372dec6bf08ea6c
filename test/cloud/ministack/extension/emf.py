"""Metrics embedded in log lines.

AWS: a log event that is a JSON object with `_aws.CloudWatchMetrics` becomes data points: one for each metric and each
set of dimensions that a directive names, their values taken from the same object. A document that breaks the
specification gives none, and counts as AWS/Logs EMFValidationErrors of its log group.
Source: CloudWatch user guide, "Specification: Embedded metric format".
MiniStack: keeps the line, and makes nothing of it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

MAX_DIMENSIONS = 30
MAX_METRICS = 100
MAX_VALUES = 100

UNITS = frozenset(
    ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"]
    + [
        f"{size}{what}{rate}"
        for size in ("", "Kilo", "Mega", "Giga", "Tera")
        for what in ("bytes", "bits")
        for rate in ("", "/Second")
    ]
)


class Datum(NamedTuple):
    """One data point; `values` are all its samples."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str
    values: list[float]
    timestamp: float
    """Seconds since 1970."""


class Invalid(ValueError):
    """A document that says it has metrics, and breaks the specification."""


def collect(group: str, event: Mapping[str, Any]) -> None:
    """Records the metrics of a log event."""
    from ministack.services import cloudwatch

    try:
        found = list(data_of(str(event.get("message", ""))))
    except Invalid:
        cloudwatch.record_metric("AWS/Logs", "EMFValidationErrors", 1, "Count", {"LogGroupName": group})
        return
    for datum in found:
        place = (datum.namespace, datum.name, datum.dimensions, datum.timestamp, datum.unit)
        cloudwatch._store_datum(*place, None, datum.values, None, None)


def data_of(message: str) -> Iterator[Datum]:
    """The data points of a line; none if it is no document with metrics. Raises Invalid."""
    document = document_of(message)
    if document is None:
        return
    meta = document["_aws"]
    timestamp = meta.get("Timestamp")
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):
        raise Invalid("_aws.Timestamp is to be whole milliseconds")
    for directive in of_type(list, meta["CloudWatchMetrics"], "CloudWatchMetrics"):
        yield from data_of_directive(document, of_type(dict, directive, "a directive"), timestamp / 1000)


def document_of(message: str) -> dict[str, Any] | None:
    """The line as an object, where it says that it has metrics."""
    if "CloudWatchMetrics" not in message:
        return None
    try:
        document = json.loads(message)
    except json.JSONDecodeError:
        return None
    meta = document.get("_aws") if isinstance(document, dict) else None
    return document if isinstance(meta, dict) and "CloudWatchMetrics" in meta else None


def data_of_directive(document: Mapping[str, Any], directive: Mapping[str, Any], timestamp: float) -> Iterator[Datum]:
    namespace = of_type(str, directive.get("Namespace"), "Namespace")
    metrics = of_type(list, directive.get("Metrics"), "Metrics")
    if not namespace or len(metrics) > MAX_METRICS:
        raise Invalid(f"a directive has a namespace, and at most {MAX_METRICS} metrics")
    sets = [dimensions_of(document, names) for names in of_type(list, directive.get("Dimensions"), "Dimensions")]
    for metric in metrics:
        name = of_type(str, of_type(dict, metric, "a metric").get("Name"), "Name")
        unit = metric.get("Unit", "None")
        if unit not in UNITS:
            raise Invalid(f"{unit} is no unit")
        for dimensions in sets:
            yield Datum(namespace, name, dimensions, unit, values_of(document, name), timestamp)


def dimensions_of(document: Mapping[str, Any], names: object) -> dict[str, str]:
    if not isinstance(names, list) or len(names) > MAX_DIMENSIONS:
        raise Invalid(f"a dimension set is a list of at most {MAX_DIMENSIONS} names")
    return {name: of_type(str, document.get(name), f"the dimension {name}") for name in names}


def values_of(document: Mapping[str, Any], name: str) -> list[float]:
    value = document.get(name)
    values = value if isinstance(value, list) else [value]
    numbers = [float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if not 0 < len(numbers) == len(values) <= MAX_VALUES:
        raise Invalid(f"the metric {name} is to be a number, or at most {MAX_VALUES} of them")
    return numbers


def of_type(kind: type[T], value: object, what: str) -> T:
    if not isinstance(value, kind):
        raise Invalid(f"{what} is to be a {kind.__name__}, not {value!r}")
    return value
