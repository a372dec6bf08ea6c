"""What a function may do, by the policies of its role.

AWS: a function has the permissions of its role and no others; an alias is read with lambda:GetAlias, written with
lambda:UpdateAlias, deleted with lambda:DeleteAlias. A version or an alias that a request names by its Qualifier is the
resource, `function:NAME:QUALIFIER`, and not its function. It is asked over TLS, and a policy may insist on that.
Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".
MiniStack: evaluates policies under AUTH=true, which is set here, takes every request for one alias for ListAliases and one
for provisioned concurrency for GetFunction, and knows no qualifiers.
It is asked over plain HTTP on the loopback, so every request counts as sent over TLS: a bucket that insists on TLS would
refuse everybody. Of such a statement it is proved that it is there, and nothing more.
"""

import os
from typing import Any

from .hooks import wrap

PROVISIONING = "ProvisionedConcurrencyConfig"
PROVISIONING_ACTIONS = {
    method: verb + PROVISIONING for method, verb in [("GET", "Get"), ("PUT", "Put"), ("DELETE", "Delete")]
}
ALIAS_ACTIONS = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}


def install() -> None:
    """Has policies evaluated, of requests as AWS would see them."""
    # Read when MiniStack's app is imported, which is now.
    os.environ["AUTH"] = "true"
    from ministack import app
    from ministack.core import iam_actions

    wrap(app, "pin_request_origin", lambda original: lambda address, _secure: original(address, True))
    wrap(iam_actions, "_lambda_action", lambda original: lambda method, path: action_of(original, method, path))
    wrap(iam_actions, "extract_resource_arn", qualifying)


def action_of(original: Any, method: str, path: str) -> Any:
    """Of `…/functions/NAME/aliases/ALIAS` by its method; of anything else what MiniStack says."""
    parts = [part for part in path.split("/") if part]
    is_alias = "functions" in parts and parts[parts.index("functions") + 2 :][:1] == ["aliases"]
    if is_alias and parts[-1] != "aliases":
        return ALIAS_ACTIONS.get(method)
    if parts[-1:] == ["provisioned-concurrency"]:
        return PROVISIONING_ACTIONS.get(method)
    return original(method, path)


def qualifying(original: Any) -> Any:
    from ministack.core import iam_actions

    def resource(service: str, method: str, path: str, headers: Any, body: Any, query: Any, *args: Any) -> Any:
        arn = original(service, method, path, headers, body, query, *args)
        return qualified(arn, iam_actions._query_param(query, "Qualifier")) if service == "lambda" else arn

    return resource


def qualified(arn: str, qualifier: str | None) -> str:
    """The ARN of a function with its qualifier, unless it has one already or is no function's."""
    parts = arn.split(":")
    return f"{arn}:{qualifier}" if qualifier and len(parts) == 7 and parts[5] == "function" else arn
