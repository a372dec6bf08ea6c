"""What Lambda measures of its functions.

AWS: every invocation counts, whoever makes it, under three sets of dimensions: FunctionName; FunctionName and Resource,
which is the function with the alias or version that was called; and, through an alias, these with ExecutedVersion.
A throttled call counts as Throttles alone. Source: Lambda developer guide, "Using CloudWatch metrics with Lambda".
MiniStack: counts Invoke alone, not what API Gateway calls, and under FunctionName alone.
"""

import time
from collections.abc import Iterator
from typing import Any

from .hooks import wrap


def install() -> None:
    """Measures where every executor passes, and silences MiniStack's own count."""
    from ministack.services import lambda_svc

    wrap(lambda_svc, "_emit_lambda_metrics", lambda _: lambda *args, **kwargs: None)
    wrap(lambda_svc, "_execute_function", measured)


def measured(original: Any) -> Any:
    from ministack.services import lambda_svc

    def execute(func: dict[str, Any], event: Any) -> Any:
        config = func.get("config") or func
        if lambda_svc._function_config_scope_mismatch(config):
            # It calls itself again, in the account and region of the function.
            return original(func, event)
        running = 1 + lambda_svc.executions_in_flight()[1].get(lambda_svc._inflight_key(config), 0)
        started = time.time()
        result = original(func, event)
        record(config, result, (time.time() - started) * 1000, running)
        return result

    return execute


def record(config: dict[str, Any], result: Any, milliseconds: float, running: int) -> None:
    from ministack.services import cloudwatch

    for dimensions in dimension_sets(config):
        for name, value, unit in metrics_of(result, milliseconds, running):
            cloudwatch.record_metric("AWS/Lambda", name, value, unit, dimensions)


def metrics_of(result: Any, milliseconds: float, running: int) -> list[tuple[str, float, str]]:
    """Name, value and unit of each metric that one call gives."""
    if result.get("throttle"):
        return [("Throttles", 1, "Count")]
    return [
        ("Invocations", 1, "Count"),
        ("Errors", 1 if result.get("error") else 0, "Count"),
        ("Throttles", 0, "Count"),
        ("Duration", milliseconds, "Milliseconds"),
        ("ConcurrentExecutions", running, "Count"),
    ]


def dimension_sets(config: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Of the function whose version `config` is, called by the ARN that it holds."""
    name = config["FunctionName"]
    qualifier = (config["FunctionArn"].split(":") + [""])[7]
    resource = f"{name}:{qualifier}" if qualifier else name
    yield {"FunctionName": name}
    yield {"FunctionName": name, "Resource": resource}
    if qualifier and not qualifier.isdigit() and qualifier != "$LATEST":
        yield {"FunctionName": name, "Resource": resource, "ExecutedVersion": config.get("Version", "$LATEST")}
