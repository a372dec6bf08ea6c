"""AWS::Logs::QueryDefinition in stacks.

AWS: saves a question under a name; its id is made up, and is what `Ref` gives. Names up to 255 characters, queries up to
10,000, 50 logs. Source: CloudFormation template reference and CloudWatch Logs API reference, "PutQueryDefinition".
MiniStack: has no such resource. Nobody asks what is saved here.
"""

import uuid
from collections.abc import Mapping
from typing import Any

Properties = Mapping[str, Any]
Made = tuple[str, dict[str, str]]

MOST_NAME = 255
MOST_QUERY = 10_000
MOST_LOGS = 50


def install() -> None:
    """Lets stacks have them."""
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS["AWS::Logs::QueryDefinition"] = {
        "create": create,
        "update": update,
        "delete": delete,
    }


def create(logical_id: str, properties: Properties, stack: str) -> Made:
    expect(properties)
    made = str(uuid.uuid4())
    return made, {"QueryDefinitionId": made}


def update(physical_id: str, old: Properties, new: Properties, stack: str) -> Made:
    expect(new)
    return physical_id, {"QueryDefinitionId": physical_id}


def delete(physical_id: str, properties: Properties) -> None:
    """There is nothing to delete."""


def expect(properties: Properties) -> None:
    """Raises ValueError for what CloudWatch Logs would refuse."""
    name, query = properties.get("Name", ""), properties.get("QueryString", "")
    logs = properties.get("LogGroupNames", [])
    if not 0 < len(name) <= MOST_NAME or not 0 < len(query) <= MOST_QUERY:
        raise ValueError(f"a query has a name of {MOST_NAME} characters and {MOST_QUERY} of its own at most")
    if len(logs) > MOST_LOGS:
        raise ValueError(f"a query is over {len(logs)} logs, and {MOST_LOGS} at most")
