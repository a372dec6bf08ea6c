"""Alarms that look at their own metric, all the time.

AWS: an alarm reads the one metric of its namespace, name and dimensions, makes a data point of its statistic for each
period, and compares the last `EvaluationPeriods` of them; it does so again every minute, whether or not anybody writes.
MiniStack: joins the metrics of all dimensions, joins all periods into one, forgets missing data, and looks only when
PutMetricData or PutMetricAlarm is called. Refused here as there: anomaly detection, and most metric math
(alarm_formulas).

ONNWARD_ALARM_SPEED shortens every period by that factor, so that a test need not last five minutes. Default 1.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from . import alarm_formulas
from .alarm_states import COMPARISONS, EXTRA_PERIODS, State, next_state
from .hooks import wrap

#: Seconds between two looks at all alarms.
INTERVAL = 0.25

logger = logging.getLogger("cloudwatch")


def install() -> None:
    """Replaces the evaluation, and starts the clock that asks for it."""
    from ministack.services import cloudwatch

    wrap(cloudwatch, "_evaluate_alarm", lambda _: evaluate)
    threading.Thread(target=watch, name="alarms", daemon=True).start()


def watch() -> None:
    from ministack.services import cloudwatch

    while True:
        time.sleep(INTERVAL)
        for alarm in snapshot(cloudwatch._alarms):
            evaluate(alarm)


def snapshot(alarms: Any) -> list[dict[str, Any]]:
    """The alarms as they are; none, this time, if another thread is adding one."""
    try:
        return list(alarms.values())
    except RuntimeError:
        return []


def evaluate(alarm: dict[str, Any]) -> None:
    """Takes the alarm to the state that its metric asks for, and says so to its actions."""
    if not alarm.get("Namespace") or not alarm.get("MetricName"):
        return
    old: State = alarm["StateValue"]
    values = datapoints(alarm, time.time())
    new = state_of(alarm, values, old)
    if new != old:
        enter(alarm, old, new, values)


def state_of(alarm: dict[str, Any], values: list[float | None], current: State) -> State:
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    breaching = [None if value is None else breaches(value, alarm["Threshold"]) for value in values]
    periods = alarm.get("EvaluationPeriods", 1)
    needed = alarm.get("DatapointsToAlarm") or periods
    return next_state(breaching, periods, needed, alarm.get("TreatMissingData") or "missing", current)


def datapoints(alarm: dict[str, Any], now: float) -> list[float | None]:
    """The statistic, or the formula, of each period, oldest first, the last one ending now."""
    seconds = alarm["Period"] / float(os.environ.get("ONNWARD_ALARM_SPEED", "1"))
    count = alarm.get("EvaluationPeriods", 1) + EXTRA_PERIODS
    periods = [(now - (i + 1) * seconds, now - i * seconds) for i in reversed(range(count))]
    queries = alarm.get("Metrics")
    if queries:
        stats = alarm_formulas.stats_of(queries)
        found = {name: statistics(stat["Metric"], stat["Stat"], None, periods) for name, stat in stats.items()}
        rows = [{name: values[i] for name, values in found.items()} for i in range(count)]
        return [alarm_formulas.value_of(queries, row) for row in rows]
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return statistics(alarm, statistic, alarm.get("Unit"), periods)


def statistics(
    metric: Mapping[str, Any], statistic: str, unit: str | None, periods: Sequence[tuple[float, float]]
) -> list[float | None]:
    from ministack.services import cloudwatch

    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    points = list(cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions)) or [])
    if unit:
        points = [point for point in points if point["Unit"] == unit]
    return [value_of(points, statistic, after, until) for after, until in periods]


def value_of(points: list[dict[str, Any]], statistic: str, after: float, until: float) -> float | None:
    from ministack.services import cloudwatch

    inside = [point for point in points if after < point["Timestamp"] <= until]
    if not inside:
        return None
    value: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)
    return value


def enter(alarm: dict[str, Any], old: State, new: State, values: list[float | None]) -> None:
    """Writes the new state down as MiniStack has it, and lets its actions and the composite alarms above know."""
    from ministack.services import cloudwatch

    condition = f"{alarm['ComparisonOperator']} {alarm['Threshold']}"
    reason = f"Threshold Crossed: the last datapoints {values} compared with {condition}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    logger.info("alarm %s: %s -> %s, %s", alarm["AlarmName"], old, new, reason)
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
