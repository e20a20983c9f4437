"""All files of an infrastructure plan, and their archive: the same bytes for the same plan."""

import gzip
import io
import tarfile
from collections.abc import Sequence
from typing import NamedTuple

from resolvers.infrastructure import grafana, kubernetes, prometheus, terraform
from resolvers.infrastructure.plan import InfrastructurePlan
from resolvers.infrastructure.terraform import BucketRule


class File(NamedTuple):
    path: str
    media_type: str
    content: str


YAML, JSON = "application/yaml", "application/json"


def render_files(plan: InfrastructurePlan, shared: Sequence[BucketRule] = ()) -> tuple[File, ...]:
    """In the order of their paths. A part that is not planned has no file. `shared` are the products that
    store in the same bucket."""
    files = [
        *([File("terraform/storage.tf.json", JSON, terraform.render(plan, shared))] if plan.storage else []),
        *(File(f"kubernetes/{name}.yaml", YAML, text) for name, text in kubernetes.render(plan).items()),
        File("prometheus/rules.yaml", YAML, prometheus.render_rules(plan)),
        File("prometheus/rules.test.yaml", YAML, prometheus.render_tests(plan)),
        File("grafana/dashboard.json", JSON, grafana.render(plan)),
    ]
    return tuple(sorted(files))


def archive(files: Sequence[File], root: str) -> bytes:
    """A tar.gz of the files in the folder `root`, without times, owners or anything else of this machine."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in files:
            content = file.content.encode()
            entry = tarfile.TarInfo(f"{root}/{file.path}")
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), compresslevel=9, mtime=0)
