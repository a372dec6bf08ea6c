"""What EventBridge hears of alarms and of stacks.

AWS: every change of an alarm's state is an event, `CloudWatch Alarm State Change`, whoever made it; so is every change of
a stack's status, `CloudFormation Stack Status Change`. Source: CloudWatch user guide, "Alarm events and EventBridge";
CloudFormation user guide, "Managing events with CloudFormation and Amazon EventBridge".
MiniStack: writes both down, and tells EventBridge nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

from .hooks import wrap

STACK = "AWS::CloudFormation::Stack"


def install() -> None:
    """Tells it where they are written down."""
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import stacks

    wrap(cloudwatch, "_record_history", telling_of_alarms)
    wrap(stacks, "_add_event", telling_of_stacks)


def telling_of_alarms(original: Any) -> Any:
    def record(name: str, old: str, new: str, reason: str, *args: Any, **kwargs: Any) -> None:
        original(name, old, new, reason, *args, **kwargs)
        tell("aws.cloudwatch", "CloudWatch Alarm State Change", alarm_detail(name, old, new, reason))

    return record


def telling_of_stacks(original: Any) -> Any:
    def add(stack_id: str, name: str, logical_id: str, kind: str, status: str, *args: Any, **kwargs: Any) -> None:
        original(stack_id, name, logical_id, kind, status, *args, **kwargs)
        if kind == STACK and logical_id == name:
            tell("aws.cloudformation", "CloudFormation Stack Status Change", stack_detail(stack_id, status))

    return add


def alarm_detail(name: str, old: str, new: str, reason: str) -> dict[str, Any]:
    """As far as anybody here reads it."""
    return {"alarmName": name, "state": {"value": new, "reason": reason}, "previousState": {"value": old}}


def stack_detail(stack_id: str, status: str) -> dict[str, Any]:
    return {"stack-id": stack_id, "status-details": {"status": status, "status-reason": ""}}


def tell(source: str, kind: str, detail: Mapping[str, Any]) -> None:
    from ministack.services import eventbridge

    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
