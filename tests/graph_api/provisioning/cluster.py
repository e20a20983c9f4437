"""A small Kubernetes API on loopback that takes server-side apply and nothing else that writes."""

import json
from pathlib import Path
from typing import Any

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TOKEN = "token-of-the-tests"
KNOWN = {"namespaces", "deployments", "services", "horizontalpodautoscalers", "httproutes", "securitypolicies"}


class Cluster:
    """`objects` by path. `foreign` paths are managed by somebody else; kinds that are not `KNOWN` are not installed."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.foreign: set[str] = set()
        self.applied: list[str] = []
        self.refused: list[str] = []

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/{path:path}", self._answer, methods=["GET", "PATCH", "PUT", "POST", "DELETE"])]
        )

    async def _answer(self, request: Request) -> JSONResponse:
        path = request.url.path.lstrip("/")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return status(401, "Unauthorized")
        if path.split("/")[-2] not in KNOWN:
            return status(404, "the server could not find the requested resource")
        if request.method == "GET":
            found = self.objects.get(path)
            return JSONResponse(found) if found else status(404, f"{path} not found")
        return await self._apply(request, path)

    async def _apply(self, request: Request, path: str) -> JSONResponse:
        query = dict(request.query_params)
        kind = request.headers.get("content-type")
        if (
            request.method != "PATCH"
            or kind != "application/apply-patch+yaml"
            or query.get("fieldManager") != "meshweave"
        ):
            self.refused.append(f"{request.method} {kind} {query}")
            return status(415, "only server-side apply is taken")
        body = yaml.safe_load(await request.body())
        if body["metadata"]["name"] != path.rsplit("/", 1)[1] or not body["apiVersion"] or not body["kind"]:
            return status(400, "the body is another object")
        if path in self.foreign and query.get("force") != "true":
            return status(409, 'Apply failed with 1 conflict: conflict with "helm" using apps/v1: .spec.template')
        parent = "/".join(path.split("/")[: path.split("/").index("namespaces") + 2])
        if (
            "namespaces" in path
            and parent != path
            and f"api/v1/namespaces/{parent.rsplit('/', 1)[1]}" not in self.objects
        ):
            return status(404, "the namespace is not there")
        self.applied.append(path)
        there = self.objects.get(path, {})
        version = int(there.get("metadata", {}).get("resourceVersion", "0")) + 1
        self.objects[path] = {
            **body,
            "metadata": {**body["metadata"], "uid": f"uid-{path}", "resourceVersion": str(version)},
            "status": {},
        }
        return JSONResponse(self.objects[path])


def status(code: int, message: str) -> JSONResponse:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return JSONResponse(body, code)


def kubeconfig(folder: Path, port: int, token: str = TOKEN) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "tests", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
    }
    file = folder / "kubeconfig.json"
    file.write_text(json.dumps(document))
    return file
