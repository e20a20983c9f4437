"""Buckets of S3-compatible storage, part by part: what is there is read first, and written where it differs."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from resolvers.infrastructure.provisioner import ApplyError, StoredObjects
from resolvers.infrastructure.resources import PlannedResource, StorageKind

HOME = "us-east-1"  # the region of S3 that buckets are in unless another one is named
PAGES = 1_000  # of 1,000 objects each that are counted at most
ABSENT = frozenset({"404", "NoSuchBucket", "NotFound"})
BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ACTIONS = ("Expiration", "NoncurrentVersionExpiration", "Transitions")


class S3Credentials(NamedTuple):
    """`endpoint` None: AWS. `region` None: us-east-1."""

    access_key: str
    secret_key: str
    endpoint: str | None = None
    region: str | None = None


class S3:
    """Blocking: call it from a thread."""

    def __init__(self, credentials: S3Credentials) -> None:
        self._credentials = credentials
        self._made: Any = None

    def apply(self, resource: PlannedResource) -> bool:
        """False when the bucket had it as planned. Raises `ApplyError`."""
        part = PARTS[StorageKind(resource.kind)]
        return self._answered(lambda: part(self, resource.document["bucket"], resource.document))

    def stored(self, bucket: str, prefix: str) -> StoredObjects:
        """Raises `ApplyError`."""
        return self._answered(lambda: self._count(bucket, prefix))

    @property
    def client(self) -> Any:
        if self._made is None:
            from boto3.session import Session
            from botocore.config import Config

            given = self._credentials
            config = Config(
                s3={"addressing_style": "path"} if given.endpoint else {},
                retries={"max_attempts": 2, "mode": "standard"},
                connect_timeout=5,
                read_timeout=20,
            )
            session = Session(
                aws_access_key_id=given.access_key,
                aws_secret_access_key=given.secret_key,
                region_name=given.region or HOME,
            )
            self._made = session.client("s3", endpoint_url=given.endpoint, config=config)
        return self._made

    def _answered(self, ask: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask()
        except ClientError as error:
            answer_error = error.response.get("Error", {})
            message = str(answer_error.get("Message") or "").strip()[:300]
            raise ApplyError(
                f"The server answered {answer_error.get('Code', 'with an error')} to {error.operation_name}"
                + (f": {message}" if message else ".")
            ) from error
        except BotoCoreError as error:
            raise ApplyError(f"The storage cannot be reached: {type(error).__name__}.") from error

    def _read(self, ask: Callable[[], Any], *absent: str) -> Any:
        """None where the server says that there is no such thing."""
        from botocore.exceptions import ClientError

        try:
            return ask()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in absent:
                return None
            raise

    def _bucket(self, bucket: str, document: Any) -> bool:
        client, tags = self.client, document["tags"]
        there = self._read(lambda: client.head_bucket(Bucket=bucket), *ABSENT)
        if there is None:
            self._create(bucket)
        else:
            answer = self._read(lambda: client.get_bucket_tagging(Bucket=bucket), "NoSuchTagSet")
            known = {one["Key"]: one["Value"] for one in (answer or {}).get("TagSet", ())}
            if tags.items() <= known.items():
                return False
            # One that was just created, by a run that was cut short, has neither tags nor objects.
            if known or client.list_objects_v2(Bucket=bucket, MaxKeys=1).get("KeyCount"):
                desired = ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))
                raise ApplyError(f"The bucket exists and is not tagged {desired}: tag it to have it managed from here.")
        client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": k, "Value": tags[k]} for k in tags]})
        return True

    def _create(self, bucket: str) -> None:
        """AWS requires the name of every region but its first; other storage may not know region names."""
        region, absent = self._credentials.region, "IllegalLocationConstraintException"
        if region is None or region == HOME:
            self.client.create_bucket(Bucket=bucket)
        elif self._credentials.endpoint is None or not self._read(
            lambda: self.client.create_bucket(Bucket=bucket), absent
        ):
            self.client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})

    def _versioning(self, bucket: str, document: Any) -> bool:
        status = self.client.get_bucket_versioning(Bucket=bucket).get("Status")
        if status == document["status"] or (status is None and document["status"] == "Suspended"):
            return False
        self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": document["status"]})
        return True

    def _encryption(self, bucket: str, document: Any) -> bool:
        absent = "ServerSideEncryptionConfigurationNotFoundError"
        answer = self._read(lambda: self.client.get_bucket_encryption(Bucket=bucket), absent)
        rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
        desired = {"SSEAlgorithm": document["algorithm"]}
        if [one.get("ApplyServerSideEncryptionByDefault") for one in rules] == [desired]:
            return False
        rule = {"ApplyServerSideEncryptionByDefault": desired}
        self.client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        return True

    def _public_access(self, bucket: str, document: Any) -> bool:
        absent = "NoSuchPublicAccessBlockConfiguration"
        answer = self._read(lambda: self.client.get_public_access_block(Bucket=bucket), absent)
        desired = dict.fromkeys(BLOCK, True)
        if (answer or {}).get("PublicAccessBlockConfiguration") == desired:
            return False
        self.client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=desired)
        return True

    def _lifecycle(self, bucket: str, document: Any) -> bool:
        """One rule of the bucket; S3 keeps them all in one configuration, and those of others stay as they are."""
        rule = document["rule"]
        absent = "NoSuchLifecycleConfiguration"
        answer = self._read(lambda: self.client.get_bucket_lifecycle_configuration(Bucket=bucket), absent)
        rules = (answer or {}).get("Rules", [])
        own = [one for one in rules if one.get("ID") == rule["ID"]]
        desired = [rule] if any(action in rule for action in ACTIONS) else []
        if [normal(one) for one in own] == [normal(one) for one in desired]:
            return False
        rules = [one for one in rules if one.get("ID") != rule["ID"]] + desired
        if rules:
            self.client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        else:
            self.client.delete_bucket_lifecycle(Bucket=bucket)
        return True

    def _policy(self, bucket: str, document: Any) -> bool:
        """The statements of the plan, by their Sid; others of the policy stay."""
        if (self._credentials.endpoint or "").lower().startswith("http://"):
            raise ApplyError(
                "The storage is reached without TLS: a policy that demands TLS would lock this server out."
            )
        answer = self._read(lambda: self.client.get_bucket_policy(Bucket=bucket), "NoSuchBucketPolicy")
        current = json.loads(answer["Policy"]) if answer else {}
        statements = current.get("Statement", [])
        statements = [statements] if isinstance(statements, dict) else statements
        own = {one["Sid"] for one in document["Statement"]}
        if [one for one in statements if one.get("Sid") in own] == document["Statement"]:
            return False
        kept = [one for one in statements if one.get("Sid") not in own]
        policy = {"Version": document["Version"], "Statement": [*kept, *document["Statement"]]}
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        return True

    def _count(self, bucket: str, prefix: str) -> StoredObjects:
        objects = size = 0
        token: dict[str, str] = {}
        for _ in range(PAGES):
            page = self.client.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
            entries = page.get("Contents", ())
            objects += len(entries)
            size += sum(one["Size"] for one in entries)
            if not page.get("IsTruncated"):
                return StoredObjects(objects, size)
            token = {"ContinuationToken": page["NextContinuationToken"]}
        return StoredObjects(None, None, f"More than {PAGES * 1_000:,} objects, which are not counted.")


def normal(rule: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule as it was planned, whatever the server adds to it."""
    prefix = rule.get("Filter", {}).get("Prefix", rule.get("Prefix"))
    days = {key: value for key in ACTIONS if (value := rule.get(key))}
    return {"Status": rule.get("Status"), "prefix": prefix, **days}


PARTS: dict[StorageKind, Callable[[S3, str, Any], bool]] = {
    StorageKind.BUCKET: S3._bucket,
    StorageKind.VERSIONING: S3._versioning,
    StorageKind.ENCRYPTION: S3._encryption,
    StorageKind.PUBLIC_ACCESS_BLOCK: S3._public_access,
    StorageKind.EXPIRATION: S3._lifecycle,
    StorageKind.TRANSITIONS: S3._lifecycle,
    StorageKind.POLICY: S3._policy,
}
