"""When an alarm changes its state: AWS's rules, and nothing of MiniStack's.

Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

#: Periods before those of the alarm that are looked at where data is missing. AWS's number is its own affair; its
#: documentation shows two.
EXTRA_PERIODS = 2


def next_state(breaching: Sequence[bool | None], periods: int, datapoints: int, treat: str, current: State) -> State:
    """The state that follows.

    `breaching` has an entry a period, oldest first, None where there was no data: those of the alarm, and those before.
    `periods` is EvaluationPeriods, `datapoints` DatapointsToAlarm, `treat` TreatMissingData.
    """
    present = [one for one in breaching if one is not None][-periods:]
    missing = periods - len(present)
    over = sum(present)
    if missing == 0 or treat == "notBreaching":
        return alarm_if(over >= datapoints)
    if treat == "breaching":
        return alarm_if(over + missing >= datapoints)
    if treat == "ignore":
        # Whatever the missing ones were: one that was good keeps an alarm of all periods off.
        return alarm_if(over >= datapoints) if False in present else current
    return state_of_incomplete(breaching, present, datapoints, current)


def state_of_incomplete(
    breaching: Sequence[bool | None], present: Sequence[bool], datapoints: int, current: State
) -> State:
    """Missing data is missing: what there is decides, and not before it is as old as an alarm takes."""
    if not present:
        return "INSUFFICIENT_DATA"
    if sum(present) >= datapoints:
        return "ALARM"
    if False in present:
        return "OK"
    age = len(breaching) - next(index for index, one in enumerate(breaching) if one is not None)
    return "ALARM" if age >= datapoints else current


def alarm_if(condition: bool) -> State:
    return "ALARM" if condition else "OK"
