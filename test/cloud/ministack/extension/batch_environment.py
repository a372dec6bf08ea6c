"""What a container of a job is told by its surroundings.

AWS: each container has AWS_BATCH_* variables, an address where its task is described, and one that gives the credentials of
the job's role. On EC2 nobody tells it its region. Source: AWS Batch user guide, "AWS Batch job environment variables";
Amazon ECS developer guide, "Task metadata endpoint version 4", "Amazon ECS task IAM role".
MiniStack: has both addresses for its own ECS, which needs Docker. Here they are routes below /_onnward/batch/ (batch_routes).
"""

from typing import TYPE_CHECKING

from .batch_network import address_of
from .batch_routes import PREFIX, token_of

if TYPE_CHECKING:
    from .batch_runs import Attempt, Run


def prepare(run: "Run", attempt: "Attempt") -> None:
    """Gives each container of an attempt its variables."""
    for index, task in enumerate(attempt.tasks):
        for container in task.containers:
            token = token_of(run, index, task, container)
            task.environment[container.name] = {**of_batch(run, attempt.number, index), **of_aws(run, index, token)}


def of_batch(run: "Run", attempt: int, index: int) -> dict[str, str]:
    nodes = "nodeProperties" in run.definition
    variables = {
        "AWS_BATCH_JOB_ID": f"{run.id}#{index}" if nodes else run.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
        "AWS_BATCH_CE_NAME": run.place.environment,
        "AWS_BATCH_JQ_NAME": run.place.queue,
    }
    if nodes:
        variables["AWS_BATCH_JOB_NUM_NODES"] = str(len(run.nodes))
        variables["AWS_BATCH_JOB_NODE_INDEX"] = str(index)
        variables["AWS_BATCH_JOB_MAIN_NODE_INDEX"] = str(run.main)
    if nodes and index != run.main:
        variables["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = address_of(run.main)
    return variables


def of_aws(run: "Run", index: int, token: str) -> dict[str, str]:
    variables = {
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "AWS_ENDPOINT_URL": run.place.gateway,
        "ECS_CONTAINER_METADATA_URI_V4": f"{run.place.gateway}{PREFIX}v4/{token}",
    }
    if run.nodes[index].role is not None:
        # AWS gives the path alone, below an address that no machine but its own has.
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{run.place.gateway}{PREFIX}credentials/{token}"
    return variables
