"""The role that a job has, as its containers see it.

AWS: ECS gives the containers of a task the credentials of a session of its role, which has to trust ecs-tasks.amazonaws.com.
Source: Amazon ECS developer guide, "Amazon ECS task IAM role".
MiniStack: gives functions sessions of their roles in the same way; of jobs it knows no roles.
"""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from .batch_metadata import iso

PRINCIPAL = "ecs-tasks.amazonaws.com"

#: Seconds that credentials are good for.
EXPIRES = 6 * 3600


def trusts(role: str) -> bool:
    """Whether ECS may give the role's credentials to a task."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    account, name = parts_of(role)
    found = iam._roles.get_scoped(account, None, name)
    if found is None:
        return False
    trusted = found["AssumeRolePolicyDocument"]
    document: Mapping[str, Any] = json.loads(trusted) if isinstance(trusted, str) else trusted
    return any(
        statement["Effect"] == "Allow" and iam_evaluator._service_principal_matches(statement["Principal"], PRINCIPAL)
        for statement in document["Statement"]
    )


def credentials(role: str, task: str) -> dict[str, Any]:
    """Of a new session of the role, named after the task."""
    from ministack.services import sts

    account, name = parts_of(role)
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(40)
    expiration = time.time() + EXPIRES
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{task}",
        "UserId": f"{name}:{task}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": expiration,
    }
    sts.register_session(key, session)
    return {
        "RoleArn": role,
        "AccessKeyId": key,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": iso(expiration),
    }


def parts_of(role: str) -> tuple[str, str]:
    """Account and name."""
    return role.split(":")[4], role.rsplit("/", 1)[-1]
