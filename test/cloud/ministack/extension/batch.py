"""AWS Batch: jobs that run, as processes of this machine.

AWS: see the modules whose names begin with `batch_`.
MiniStack: stores queues and definitions, and says of each job that it has succeeded. See test/cloud/support/batch.ts for
what a test can say of images, time and hosts.
"""

from . import (
    batch_definitions,
    batch_jobs,
    batch_model,
    batch_permissions,
    batch_queues,
    batch_resources,
    batch_routes,
    batch_security_groups,
    batch_subjects,
)


def install() -> None:
    """Answers in the place of MiniStack."""
    batch_routes.install()
    batch_permissions.install()
    batch_subjects.install()
    batch_resources.install()
    batch_security_groups.install()
    batch_jobs.install()
    batch_model.install(
        {
            "SubmitJob": batch_jobs.submit,
            "DescribeJobs": batch_jobs.describe,
            "ListJobs": batch_jobs.list_jobs,
            "TerminateJob": batch_jobs.terminate,
            "CancelJob": batch_jobs.cancel,
            "RegisterJobDefinition": batch_definitions.register,
            "DeregisterJobDefinition": batch_definitions.deregister,
            "DescribeJobDefinitions": batch_definitions.describe,
            "DescribeJobQueues": batch_queues.describe_queues,
            "DescribeComputeEnvironments": batch_queues.describe_environments,
        },
        batch_permissions.refusal,
    )
