"""What AWS Batch is asked and answers, held to the model of its API.

AWS: refuses a request that does not fit, as a ClientException that names what is wrong. Source: the service model
`batch/2016-08-10` of botocore, which MiniStack brings along.
MiniStack: takes anything, keeps half of it, and answers some of that.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]

#: The answer to who may not do it, by its path and request; None to who may.
Guard = Callable[[str, dict[str, Any]], Any]

KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}

#: Required by the model, and left out by AWS of a job that has not started.
NOT_YET = frozenset({"startedAt"})


class Refused(Exception):
    """A ClientException, with what it says."""


def install(operations: Mapping[str, Answer], guard: Guard) -> None:
    """Answers each operation, named as in the API, so; and nothing that does not fit the model."""
    from ministack.services import batch

    dispatch = getattr(batch, "_DISPATCH", None)
    if not isinstance(dispatch, dict):
        raise SystemExit("MiniStack answers AWS Batch in another way: the extension does not fit it.")
    for name, answer in operations.items():
        dispatch[service().operation_model(name).http["requestUri"]] = checked(name, answer, guard)


def checked(name: str, answer: Answer, guard: Guard) -> Callable[[dict[str, Any]], Any]:
    from ministack.core.responses import error_response_json

    operation = service().operation_model(name)

    def handle(request: dict[str, Any]) -> Any:
        refusal = guard(operation.http["requestUri"], request)
        if refusal is not None:
            return refusal
        try:
            expect(operation.input_shape, request)
            found = answer(request)
        except Refused as refused:
            return error_response_json("ClientException", str(refused), 400)
        if operation.output_shape is not None:
            wrong = list(mistakes(operation.output_shape, found, name))
            if wrong:
                raise AssertionError(f"{'; '.join(wrong)}: {found}")
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    return handle


def expect_request(name: str, request: Mapping[str, Any]) -> None:
    """Raises Refused unless the operation of this name takes it."""
    expect(service().operation_model(name).input_shape, request)


def expect(shape: Any, request: Mapping[str, Any]) -> None:
    wrong = list(mistakes(shape, request, "request"))
    if wrong:
        raise Refused("; ".join(wrong))


@cache
def service() -> Any:
    from botocore.session import get_session

    return get_session().get_service_model("batch")


def mistakes(shape: Any, value: Any, path: str) -> Iterator[str]:
    """What of a value does not fit the shape, by its path."""
    kind = shape.type_name
    fits = isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        yield f"{path} is to be a {kind}: {value!r}"
    elif kind == "structure":
        yield from mistakes_of_members(shape, value, path)
    elif kind == "list":
        for index, one in enumerate(value):
            yield from mistakes(shape.member, one, f"{path}[{index}]")
    elif kind == "map":
        for key, one in value.items():
            yield from mistakes(shape.value, one, f"{path}.{key}")
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is to be one of {', '.join(shape.enum)}: {value!r}"


def mistakes_of_members(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value and name not in NOT_YET:
            yield f"{path}.{name} is missing"
    for name, one in value.items():
        if name in shape.members:
            yield from mistakes(shape.members[name], one, f"{path}.{name}")
        else:
            yield f"{path}.{name} is unknown"
