"""AWS::EC2::SecurityGroupIngress in stacks: rules that are resources of their own, as those of two groups that name each other.

AWS: the rule is added to the group, and taken away with its resource; any change makes another one. Source:
CloudFormation template reference, "AWS::EC2::SecurityGroupIngress".
MiniStack: takes rules as a property of their group alone.
"""

from collections.abc import Mapping
from typing import Any

from .batch_model import Refused

TYPE = "AWS::EC2::SecurityGroupIngress"


def install() -> None:
    """Lets stacks have them."""
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}


def create(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    rules(properties).extend(permissions(properties))
    physical_id = f"{stack}-{logical_id}"
    return physical_id, {"Id": physical_id}


def update(physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    delete(physical_id, old)
    rules(new).extend(permissions(new))
    return physical_id, {"Id": physical_id}


def delete(_: str, properties: Mapping[str, Any]) -> None:
    from ministack.services import ec2

    group = ec2._security_groups.get(properties["GroupId"])
    if group is not None:
        gone = permissions(properties)
        group["IpPermissions"] = [one for one in group["IpPermissions"] if one not in gone]


def rules(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the group that the rule is for. Raises Refused."""
    from ministack.services import ec2

    found: dict[str, Any] | None = ec2._security_groups.get(properties["GroupId"])
    source = properties.get("SourceSecurityGroupId")
    if found is None or (source is not None and source not in ec2._security_groups):
        raise Refused(f"There is no security group {properties['GroupId'] if found is None else source}")
    permissions_of_group: list[dict[str, Any]] = found["IpPermissions"]
    return permissions_of_group


def permissions(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    from ministack.services.cloudformation import provisioners

    found: list[dict[str, Any]] = provisioners._ec2_sg_permissions([properties])
    return found
