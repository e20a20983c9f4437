"""The provisioner that the settings describe."""

import asyncio
from importlib.util import find_spec

from graph_api.provisioning.kubernetes import Kubernetes
from graph_api.provisioning.s3 import S3, S3Credentials
from graph_api.settings import Settings
from resolvers.infrastructure.provisioner import ApplyError, NoProvisioner, StoredObjects
from resolvers.infrastructure.resources import PlannedResource, Target

NEEDS = {Target.S3: "boto3", Target.KUBERNETES: "lightkube"}
SETTINGS = {
    Target.S3: "MESHWEAVE_S3_KEY_ID and MESHWEAVE_S3_KEY",
    Target.KUBERNETES: "MESHWEAVE_KUBECONFIG",
}


class ConfiguredProvisioner:
    """Reaches the targets for which there are credentials. boto3 and the kubeconfig's client look nowhere else."""

    def __init__(self, s3: S3Credentials | None = None, kubernetes: Kubernetes | None = None) -> None:
        self._s3 = S3(s3) if s3 else None
        self._kubernetes = kubernetes

    def unavailable(self, target: str) -> str | None:
        one = Target(target)
        if (self._s3 if one is Target.S3 else self._kubernetes) is None:
            return f"{NoProvisioner().unavailable(one)} {SETTINGS[one]} would set them."
        if find_spec(NEEDS[one]) is None:
            return f"This server cannot reach {one}: install `meshweave[infrastructure]`."
        return None

    async def apply(self, resource: PlannedResource) -> bool:
        self._check(resource.target)
        if resource.target == Target.S3:
            assert self._s3 is not None
            return await asyncio.to_thread(self._s3.apply, resource)
        assert self._kubernetes is not None
        return await self._kubernetes.apply(resource)

    async def stored(self, bucket: str, prefix: str) -> StoredObjects:
        self._check(Target.S3)
        assert self._s3 is not None
        return await asyncio.to_thread(self._s3.stored, bucket, prefix)

    def _check(self, target: str) -> None:
        reason = self.unavailable(target)
        if reason is not None:
            raise ApplyError(reason)


def provisioner_of(settings: Settings) -> ConfiguredProvisioner:
    """Raises OSError when a file of a secret cannot be read."""
    key = settings.s3_key.get_secret_value() if settings.s3_key else None
    if settings.s3_key_file is not None:
        key = settings.s3_key_file.read_text().strip()
    name = settings.s3_key_id
    s3 = S3Credentials(name, key, settings.s3_endpoint, settings.s3_region) if name and key else None
    cluster = Kubernetes(settings.kubeconfig, settings.kube_context) if settings.kubeconfig else None
    return ConfiguredProvisioner(s3, cluster)
