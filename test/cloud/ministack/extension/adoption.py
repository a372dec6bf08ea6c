"""Stacks that take up what an earlier one left: `ImportExistingResources`, for the registry's bucket.

AWS: a resource with a literal name that exists already, and is retained, is imported instead of created; that its name is
taken is no conflict then. Policies of buckets are imported like buckets. A policy that exists and is not imported is
refused: "The bucket policy already exists on bucket". Source: CloudFormation user guide, "Import AWS resources into a
CloudFormation stack automatically", and the messages of its resource handlers.
MiniStack: imports buckets, after a check of names that refuses every bucket that exists; writes over policies.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from .hooks import wrap

POLICY = "AWS::S3::BucketPolicy"

#: The identifiers that the deployment under way imports, such as the bucket's name.
adopted: ContextVar[frozenset[str]] = ContextVar("adopted", default=frozenset())


def install() -> None:
    """Lets the check of names know what is imported, and policies be imported or refused."""
    from ministack.services.cloudformation import changesets, provisioners, stacks

    wrap(changesets, "_deploy_stack_async", remembering)
    wrap(stacks, "_validation_errors", sparing)
    handler = provisioners._RESOURCE_HANDLERS[POLICY]
    handler["create"] = refusing(handler["create"])
    handler["import"] = lambda identifier: (f"{identifier['Bucket']}-policy", {})
    changesets._IMPORT_LOOKUPS[POLICY] = (("Bucket",), missing_policy)


def remembering(original: Any) -> Any:
    async def deploy(*args: Any, imports: Mapping[str, Mapping[str, str]] | None = None, **kwargs: Any) -> Any:
        found = [value for identifier in (imports or {}).values() for value in identifier.values()]
        token = adopted.set(frozenset(found))
        try:
            return await original(*args, imports=imports, **kwargs)
        finally:
            adopted.reset(token)

    return deploy


def sparing(original: Any) -> Any:
    """The seven things that it is given, and which buckets are this stack's own."""

    def errors(*args: Any) -> Any:
        *rest, owned = args if len(args) == 8 else (*args, frozenset())
        return original(*rest, owned | adopted.get())

    return errors


def refusing(original: Any) -> Any:
    def create(logical_id: str, properties: Mapping[str, Any], stack: str) -> Any:
        bucket = properties.get("Bucket", "")
        if missing_policy(bucket) is None:
            raise ValueError(f"The bucket policy already exists on bucket {bucket}.")
        return original(logical_id, properties, stack)

    return create


def missing_policy(bucket: str) -> str | None:
    """Why the policy of the bucket cannot be imported; None if it can."""
    from ministack.services import s3

    return None if s3._bucket_policies.get(bucket) else f"Bucket policy of {bucket} not found"
