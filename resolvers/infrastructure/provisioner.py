"""What provisioning needs of the systems that it applies to. `graph_api.provisioning` implements it."""

from typing import NamedTuple, Protocol

from resolvers.infrastructure.resources import PlannedResource
from resolvers.model.errors import MeshError


class ApplyError(MeshError):
    """A resource could not be applied; the message may be shown and holds no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StoredObjects(NamedTuple):
    """Of the objects below a prefix, their present versions. `reason` says why they were not counted."""

    objects: int | None
    bytes: int | None
    reason: str | None = None


class Provisioner(Protocol):
    def unavailable(self, target: str) -> str | None:
        """Why nothing can be applied to the target; None when it can."""
        ...

    async def apply(self, resource: PlannedResource) -> bool:
        """Makes the target have the resource; False when it had it as planned. May be repeated at any time.

        Raises `ApplyError`.
        """
        ...

    async def stored(self, bucket: str, prefix: str) -> StoredObjects:
        """Counts what is stored. Raises `ApplyError`."""
        ...


class NoProvisioner:
    """Where no credentials are set."""

    def unavailable(self, target: str) -> str | None:
        return f"No credentials for {target} are set on this server: download the files and apply them."

    async def apply(self, resource: PlannedResource) -> bool:
        raise ApplyError(self.unavailable(resource.target) or "")

    async def stored(self, bucket: str, prefix: str) -> StoredObjects:
        raise ApplyError(self.unavailable("S3") or "")
