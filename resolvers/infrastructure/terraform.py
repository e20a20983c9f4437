"""Terraform JSON of a product's object storage, for the AWS provider."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from resolvers.infrastructure.documents import to_json
from resolvers.infrastructure.names import terraform_name
from resolvers.infrastructure.plan import InfrastructurePlan, StoragePlan

# Of an S3 tag's value; what is outside becomes a space.
TAG_LENGTH = 256


class BucketRule(NamedTuple):
    """The lifecycle of one product's prefix in a bucket."""

    product: str
    storage: StoragePlan


def render(plan: InfrastructurePlan, shared: Sequence[BucketRule] = ()) -> str:
    """The bucket with encryption, versioning, a block on public access and TLS only, and the lifecycle rules of all
    products that share it: S3 keeps one lifecycle configuration a bucket, so that a file with one product's rule would
    end the others'. `shared` are those of the domain, in any order; the file is the same for each of them.
    """
    assert plan.storage is not None
    own = BucketRule(plan.product, plan.storage)
    rules = {one.product: one for one in shared if one.storage.bucket == plan.storage.bucket} | {plan.product: own}
    return to_json(document(plan, plan.storage, [rules[name] for name in sorted(rules)]))


def document(plan: InfrastructurePlan, storage: StoragePlan, rules: Sequence[BucketRule]) -> dict[str, Any]:
    name = terraform_name(storage.bucket).name
    bucket = f"${{aws_s3_bucket.{name}.id}}"
    arn = f"arn:aws:s3:::{storage.bucket}"
    rule = {"apply_server_side_encryption_by_default": {"sse_algorithm": storage.encryption}}
    resources: dict[str, Any] = {
        "aws_s3_bucket": {name: {"bucket": storage.bucket, "tags": tags(plan), "lifecycle": {"prevent_destroy": True}}},
        "aws_s3_bucket_versioning": {
            name: {
                "bucket": bucket,
                "versioning_configuration": {"status": "Enabled" if storage.versioning else "Suspended"},
            }
        },
        "aws_s3_bucket_server_side_encryption_configuration": {name: {"bucket": bucket, "rule": [rule]}},
        "aws_s3_bucket_public_access_block": {
            name: {
                "bucket": bucket,
                "block_public_acls": True,
                "block_public_policy": True,
                "ignore_public_acls": True,
                "restrict_public_buckets": True,
            }
        },
        "aws_s3_bucket_policy": {name: {"bucket": bucket, "policy": to_json(tls_only(arn)).rstrip("\n")}},
    }
    lifecycle = [rule for one in rules if (rule := _lifecycle(one)) is not None]
    if lifecycle:
        resources["aws_s3_bucket_lifecycle_configuration"] = {
            name: {
                "bucket": bucket,
                "rule": lifecycle,
                "depends_on": [f"aws_s3_bucket_versioning.{name}"],
            }
        }
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "resource": resources,
    }


def tags(plan: InfrastructurePlan) -> dict[str, str]:
    return {"domain": plan.domain[:TAG_LENGTH], "managed-by": "meshweave"}


def tls_only(arn: str) -> dict[str, Any]:
    """A bucket policy that denies requests without TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DenyWithoutTLS",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _lifecycle(one: BucketRule) -> dict[str, Any] | None:
    storage = one.storage
    rule: dict[str, Any] = {"id": one.product, "status": "Enabled", "filter": {"prefix": storage.prefix}}
    if storage.transitions:
        rule["transition"] = [
            {"days": transition.days, "storage_class": transition.storage_class} for transition in storage.transitions
        ]
    if storage.expiration_days is not None:
        rule["expiration"] = {"days": storage.expiration_days}
    if storage.noncurrent_days is not None:
        rule["noncurrent_version_expiration"] = {"noncurrent_days": storage.noncurrent_days}
    return rule if len(rule) > 3 else None
