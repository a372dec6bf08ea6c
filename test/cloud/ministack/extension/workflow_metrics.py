"""What Step Functions measures of its executions.

AWS: ExecutionsStarted, and ExecutionsSucceeded, ExecutionsFailed, ExecutionsTimedOut or ExecutionsAborted when one ends, under
StateMachineArn. Source: Step Functions developer guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
MiniStack: measures nothing; it publishes an event of every change of an execution's status.
"""

from typing import Any

from .hooks import wrap

METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def install() -> None:
    """Counts where the events are made."""
    from ministack.services import stepfunctions

    wrap(stepfunctions, "_emit_execution_status_event", counting)


def counting(original: Any) -> Any:
    from ministack.services import cloudwatch

    def emit(execution: dict[str, Any]) -> Any:
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        cloudwatch.record_metric("AWS/States", METRICS[execution["status"]], 1, "Count", dimensions)
        return original(execution)

    return emit
