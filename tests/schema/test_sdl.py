import subprocess
import sys

from schema.sdl import FILE, sdl


def test_the_exported_schema_is_what_the_code_says():
    assert FILE.read_text() == sdl(), "stale: run `meshweave schema export --output schema/schema.graphql`"


def test_the_export_is_the_same_in_another_process():
    again = subprocess.run(
        [sys.executable, "-c", "from schema.sdl import sdl; print(sdl(), end='')"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "12345", "PYTHONIOENCODING": "utf-8"},
    )
    assert again.stdout == sdl()
