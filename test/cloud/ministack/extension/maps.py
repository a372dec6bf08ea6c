"""How many items of a distributed map are at work, and what a worker says that has no room.

AWS: MaxConcurrencyPath names the number in the state's input. A task whose function is throttled fails with
`Lambda.TooManyRequestsException`. Source: Step Functions developer guide, "Map state in Distributed mode" and "Error names".
MiniStack: ignores MaxConcurrencyPath and runs 64 items at once; a throttled task fails with `Lambda.Unknown`.
"""

from typing import Any

from .hooks import wrap

THROTTLED = "Lambda.TooManyRequestsException"


def install() -> None:
    """Puts the number into the state, and the name into the error."""
    from ministack.services import stepfunctions

    wrap(stepfunctions, "_run_distributed_map", limited)
    wrap(stepfunctions, "_call_lambda", naming)


def limited(original: Any) -> Any:
    from ministack.services import stepfunctions

    def run(state: dict[str, Any], raw: Any, effective: Any, iterator: Any, execution: Any, ctx: Any) -> Any:
        path = state.get("MaxConcurrencyPath")
        if path is not None:
            state = {**state, "MaxConcurrency": stepfunctions._resolve_path_or_ctx(path, effective, ctx)}
        return original(state, raw, effective, iterator, execution, ctx)

    return run


def naming(original: Any) -> Any:
    from ministack.services import stepfunctions

    def call(reference: str, event: Any) -> Any:
        try:
            return original(reference, event)
        except stepfunctions._ExecutionError as error:
            raise stepfunctions._ExecutionError(name_of(error.error, error.cause), error.cause) from None

    return call


def name_of(error: str, cause: str | None) -> str:
    """What Lambda refused by itself came from no function: it has no type but its own."""
    return THROTTLED if error == "Lambda.Unknown" and "TooManyRequestsException" in (cause or "") else error
