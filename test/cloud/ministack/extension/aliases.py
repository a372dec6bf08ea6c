"""Aliases that divide their traffic, and calls that know which alias they came through.

AWS: an alias with RoutingConfig.AdditionalVersionWeights sends each call by chance to one of its two versions. The
function sees the alias in `context.invokedFunctionArn`, and the metrics have it as Resource. Source: Lambda developer
guide, "Implement Lambda canary deployments using a weighted alias".
MiniStack: keeps the weights and sends everything to the alias's own version; a call from API Gateway forgets the alias.
"""

import random
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from .hooks import wrap

#: The alias that the call under way was made through.
called: ContextVar[str | None] = ContextVar("called", default=None)


def install() -> None:
    """Chooses the version in both ways to a function: Invoke, and a reference that another service holds."""
    from ministack.services import lambda_svc

    wrap(lambda_svc, "_invoke", choosing)
    wrap(lambda_svc, "_effective_func_record_for_qualifier", weighted)
    wrap(lambda_svc, "_get_func_record_for_ref", qualified)
    wrap(lambda_svc, "_execute_function", naming)


def choose(func: Mapping[str, Any] | None, qualifier: str | None, chance: float) -> str | None:
    """The additional version that `chance`, from 0 to 1, falls on; None means the alias's own."""
    alias = (func or {}).get("aliases", {}).get(qualifier)
    if func is None or alias is None:
        return None
    for version, weight in ((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}).items():
        if chance < weight and version in func["versions"]:
            return str(version)
        chance -= weight
    return None


def choosing(original: Any) -> Any:
    from ministack.services import lambda_svc

    async def invoke(name: str, event: Any, headers: Any, path: str | None = None, query: Any = None) -> Any:
        qualifier = path or lambda_svc._qp_first(query or {}, "Qualifier") or None
        version = choose(lambda_svc._functions.get(name), qualifier, random.random())
        if version is None:
            return await original(name, event, headers, path, query)
        token = called.set(qualifier)
        try:
            return await original(name, event, headers, version, query)
        finally:
            called.reset(token)

    return invoke


def weighted(original: Any) -> Any:
    def resolve(func: Any, qualifier: str | None) -> Any:
        return original(func, choose(func, qualifier, random.random()) or qualifier)

    return resolve


def qualified(original: Any) -> Any:
    """The configuration that a reference leads to says by which name it was called."""
    from ministack.services import lambda_svc

    def resolve(reference: str) -> Any:
        record, config, name = original(reference)
        _, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
        return record, (config and qualifier and with_qualifier(config, qualifier)) or config, name

    return resolve


def naming(original: Any) -> Any:
    def execute(func: Mapping[str, Any], event: Any) -> Any:
        alias = called.get()
        if alias is None or "config" not in func:
            return original(func, event)
        return original({**func, "config": with_qualifier(func["config"], alias)}, event)

    return execute


def with_qualifier(config: Mapping[str, Any], qualifier: str) -> dict[str, Any]:
    arn = ":".join(config["FunctionArn"].split(":")[:7])
    return {**config, "FunctionArn": f"{arn}:{qualifier}"}
