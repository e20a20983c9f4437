"""Makes the JSON Schema by which tests check our Terraform JSON, from the types of the AWS provider's CDK wheel.

    pip download --no-deps cdktn-provider-aws==25.8.1 && python scripts/terraform_schema.py cdktn_provider_aws-*.whl

The wheel (MPL-2.0) is generated from the provider's own schema. Writes
tests/resolvers/infrastructure/aws_s3.schema.json.
"""

import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "tests" / "resolvers" / "infrastructure" / "aws_s3.schema.json"
WANTED = (
    "s3Bucket",
    "s3BucketVersioning",
    "s3BucketServerSideEncryptionConfiguration",
    "s3BucketLifecycleConfiguration",
    "s3BucketPublicAccessBlock",
    "s3BucketPolicy",
)
# Arguments of every resource, which Terraform itself defines.
META = {"connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners"}
EVERYWHERE = {
    "depends_on": {"type": "array", "items": {"type": "string"}},
    "lifecycle": {
        "type": "object",
        "properties": {"prevent_destroy": {"type": "boolean"}},
        "additionalProperties": False,
    },
}
PRIMITIVES: dict[str, Any] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": ["boolean", "string"]},
    "any": {},
}


class Extractor:
    """Structures of one jsii assembly as JSON Schema definitions."""

    def __init__(self, types: dict[str, Any]) -> None:
        self.types = types
        self.definitions: dict[str, Any] = {}

    def schema_of(self, kind: dict[str, Any]) -> dict[str, Any]:
        if "primitive" in kind:
            return PRIMITIVES[kind["primitive"]]
        if "collection" in kind:
            element = self.schema_of(kind["collection"]["elementtype"])
            if kind["collection"]["kind"] != "array":
                return {"type": "object", "additionalProperties": element}
            many = {"type": "array", "items": element}
            return {"anyOf": [many, element]} if "$ref" in element else many
        if "union" in kind:
            parts = [part for part in kind["union"]["types"] if "IResolvable" not in part.get("fqn", "")]
            return {"anyOf": [self.schema_of(part) for part in parts]}
        return {} if kind["fqn"].startswith("cdktn.") else {"$ref": f"#/$defs/{self.define(kind['fqn'])}"}

    def define(self, name: str, top: bool = False) -> str:
        short = name.split(".")[-1]
        if short not in self.definitions:
            self.definitions[short] = {}
            fields = [field for field in self.types[name].get("properties", []) if field["name"] not in META]
            properties = {snake(field["name"]): self.schema_of(field["type"]) for field in fields}
            for key, schema in properties.items():
                if "$ref" in schema:  # a block may be written as an object or a list of objects
                    properties[key] = {"anyOf": [schema, {"type": "array", "items": schema}]}
            self.definitions[short] = {
                "type": "object",
                "properties": {**properties, **(EVERYWHERE if top else {})},
                "required": [snake(field["name"]) for field in fields if not field.get("optional")],
                "additionalProperties": False,
            }
        return short


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def assembly_of(wheel: str) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        packed = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with archive.open(packed) as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
            for member in tar:
                if member.name == "package/.jsii":
                    content = tar.extractfile(member)
                    assert content is not None
                    return json.loads(content.read())
    raise SystemExit(f"{wheel} has no jsii assembly")


def main(wheel: str) -> None:
    assembly = assembly_of(wheel)
    extractor = Extractor(assembly["types"])
    resources = {}
    for wanted in WANTED:
        name = f"{assembly['name']}.{wanted}.{wanted[0].upper()}{wanted[1:]}"
        full = next(f"{name}{end}Config" for end in ("", "A") if f"{name}{end}Config" in assembly["types"])
        reference = {"$ref": f"#/$defs/{extractor.define(full, top=True)}"}
        resources[f"aws_{snake(wanted)}"] = {"type": "object", "additionalProperties": reference}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Made by scripts/terraform_schema.py from {Path(wheel).name}",
        "type": "object",
        "properties": {
            "resource": {"type": "object", "properties": resources, "additionalProperties": False},
            "terraform": {},
            "provider": {},
        },
        "additionalProperties": False,
        "$defs": extractor.definitions,
    }
    OUT.write_text(json.dumps(schema, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
