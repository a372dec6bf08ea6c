"""The name of the error that a Node.js function throws.

AWS: a function that throws answers `{"errorType": error.name, "errorMessage": …}`; Step Functions catches by that name.
MiniStack: the worker's script sends the message alone, and every error becomes `Runtime.HandlerError`.
"""

import threading
from typing import Any

from .hooks import wrap

WITHOUT_NAME = 'error: String(err.message || err), trace: err.stack || ""'
WITH_NAME = 'error: String(err.message || err), errorType: err.name || "Error", trace: err.stack || ""'

#: The worker's answer and what is made of it are computed in one thread.
last = threading.local()


def install() -> None:
    """Lets the script send the name, and puts it into the answer."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if script.count(WITHOUT_NAME) != 1:
        raise SystemExit("MiniStack's script for Node.js is another one: the extension does not fit it.")
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(WITHOUT_NAME, WITH_NAME)
    wrap(lambda_runtime.Worker, "invoke", remembering)
    wrap(lambda_svc, "_execute_function_warm", naming)


def remembering(original: Any) -> Any:
    def invoke(self: Any, *args: Any, **kwargs: Any) -> Any:
        last.name = None
        response = original(self, *args, **kwargs)
        last.name = response.get("errorType")
        return response

    return invoke


def naming(original: Any) -> Any:
    def execute(func: Any, event: Any, request_id: str) -> Any:
        last.name = None
        result = original(func, event, request_id)
        if last.name and result.get("error"):
            result["body"]["errorType"] = last.name
        return result

    return execute
