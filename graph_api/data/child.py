"""The child process that reads one output with DuckDB. It confines itself before it opens the file or table.

Order matters. DuckDB connects with one thread and loads its extensions; then Landlock closes the file system and the
network for this thread and those started later; then resource limits; then the source is opened and DuckDB's
configuration locked. DuckDB's own sandbox permits writing where it may read, and strings outside its memory limit.
"""

import contextlib
import ctypes
import glob
import os
import re
import resource
import stat
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

READ_FILE, READ_DIR, CONNECT = 4, 8, 2
MAX_FILES = 1_000
PROGRESS_SECONDS = 0.5
TABLE_FORMATS = ("delta", "iceberg")


def run(connection: Any, outputs: list[Any], limits: dict[str, int]) -> None:
    """Opens `outputs`, says so, and answers queries until the other end closes."""
    try:
        database, opened = open_outputs(outputs, limits)
        connection.send(("opened", opened))
    except BaseException as error:
        connection.send(failure(error))
        return
    while True:
        try:
            sql, limit = connection.recv()
        except EOFError:
            return
        done = threading.Event()
        teller = threading.Thread(target=report_progress, args=(connection, database, done), daemon=True)
        teller.start()
        try:
            answer = ("rows", [list(row) for row in database.execute(sql).fetchmany(limit)])
        except BaseException as error:
            answer = failure(error)
        done.set()
        teller.join()  # only one thread at a time sends
        connection.send(answer)


def report_progress(connection: Any, database: Any, done: threading.Event) -> None:
    """Sends how much of a long statement is done, until it is."""
    while not done.wait(PROGRESS_SECONDS):
        with contextlib.suppress(Exception):
            connection.send(("progress", max(database.query_progress(), 0.0) / 100))


class Refused(Exception):
    """Why an output is not opened, in words that may be shown."""


def failure(error: BaseException) -> tuple[str, str, str]:
    """DuckDB's messages quote paths and values, so only what kind of error it is goes out."""
    name = type(error).__name__
    if isinstance(error, Refused):
        return ("error", "UNREADABLE", str(error))
    if isinstance(error, MemoryError) or name == "OutOfMemoryException":
        return ("error", "MEMORY", "Reading takes more memory than is allowed.")
    if name in ("BinderException", "ParserException", "CatalogException", "InvalidInputException") and "egex" in str(
        error
    ):
        return ("expression", "PATTERN", "The pattern cannot be expressed.")
    if name in ("BinderException", "ParserException", "CatalogException"):
        return ("expression", "EXPRESSION", f"The expression does not fit the data ({name}).")
    if name in ("ConversionException", "InvalidInputException", "SerializationException"):
        return ("error", "CORRUPT", f"The data is not what its format says ({name}).")
    return ("error", "UNREADABLE", f"The output cannot be read ({name}).")


def open_outputs(outputs: list[Any], limits: dict[str, int]) -> tuple[Any, dict[str, Any]]:
    import duckdb

    site = os.path.dirname(os.path.dirname(duckdb.__file__))
    database = duckdb.connect(
        config={
            "threads": "1",
            "memory_limit": f"{limits['memory_mb']}MB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
    )
    problems: list[str | None] = [output if isinstance(output, str) else None for output in outputs]
    outputs = [None if isinstance(output, str) else output for output in outputs]
    opened = [output for output in outputs if output is not None]
    kinds = {output.kind for output in opened} | {output.format for output in opened}
    for kind, extensions in EXTENSIONS.items():
        if kind in kinds:
            for extension in extensions:
                load(database, site, extension)
    database.execute("set TimeZone='UTC'")
    files: list[list[str]] = [[] for _ in outputs]
    for at, output in enumerate(outputs):
        if output is not None and output.kind == "files":
            with tolerant(problems, at):
                files[at] = matched(output)
    roots = {os.path.realpath(output.values["root"]) for output in opened if output.kind == "files"}
    ports = {port_of(output) for output in opened if output.kind != "files"}
    # Certificates, resolver files and user names are read by the network libraries.
    system = ["/etc", "/usr/lib/ssl", "/usr/share/ca-certificates"] if ports else []
    needed = [site, os.path.dirname(os.__file__), "/proc", "/sys", *system]
    abi = landlock([path for path in (*roots, *needed) if os.path.exists(path)], ports)
    limit_resources(limits)
    database.execute("set threads=2")
    for at, output in enumerate(outputs):
        if output is not None and problems[at] is None:
            with tolerant(problems, at):
                prepare(database, at, output)
    allowed = [quoted(root + "/") for root in sorted(roots)]
    allowed += [quoted(folder_of(output.path)) for output in opened if output.kind == "s3"]
    database.execute(f"set allowed_directories=[{', '.join(allowed)}]; set temp_directory=''")
    database.execute("set python_enable_replacements=false; set enable_external_access=false")
    # With its printing off, the progress bar only keeps the figure that `query_progress` tells.
    database.execute("set enable_progress_bar=true; set enable_progress_bar_print=false; set lock_configuration=true")
    columns: list[list[tuple[str, str]]] = []
    for at, output in enumerate(outputs):
        columns.append([])
        if output is not None and problems[at] is None:
            with tolerant(problems, at):
                name = "data" if at == 0 else f"reference_{at - 1}"
                database.execute(f"create view {name} as select * from {table(at, output, files[at])}")
                rows = database.execute(f"describe select * from {name}").fetchall()
                columns[at] = [(row[0], row[1]) for row in rows]
    newest = max((os.stat(file).st_mtime for file in files[0]), default=None)
    return database, {
        "columns": columns,
        "problems": problems,
        "modified": None if newest is None else datetime.fromtimestamp(newest, UTC).isoformat(),
        "sandbox": f"Landlock ABI {abi} and resource limits" if abi else "resource limits alone (no Landlock here)",
    }


@contextlib.contextmanager
def tolerant(problems: list[str | None], at: int) -> Iterator[None]:
    """What is wrong with a reference is kept; with the output itself, raised."""
    try:
        yield
    except Exception as error:
        if at == 0:
            raise
        problems[at] = failure(error)[2]


def folder_of(uri: str) -> str:
    """The folder that a URI, up to its first pattern, is in or is."""
    return re.split(r"[*?\[{]", uri, maxsplit=1)[0].rpartition("/")[0] + "/"


EXTENSIONS = {
    "s3": ("httpfs",),
    "postgresql": ("postgres_scanner",),
    "delta": ("delta",),
    "iceberg": ("avro", "iceberg"),
}


def load(database: Any, site: str, extension: str) -> None:
    files = glob.glob(f"{site}/duckdb_extension_{extension}/extensions/*/*.duckdb_extension")
    if not files:
        raise Refused(f"The reader of this kind of source ({extension}) is not installed.")
    database.execute(f"load {quoted(files[0])}")


def prepare(database: Any, at: int, output: Any) -> None:
    values = output.values
    if output.kind == "s3":
        endpoint = values.get("endpoint", "https://s3.amazonaws.com")
        secure, _, host = endpoint.rpartition("://")
        pairs = {
            "type": "s3",
            "key_id": quoted(values.get("accessKey", "")),
            "secret": quoted(values.get("secretKey", "")),
            "region": quoted(values.get("region", "us-east-1")),
            "endpoint": quoted(host.rstrip("/")),
            "url_style": quoted(values.get("urlStyle", "path")),
            "use_ssl": "false" if secure == "http" else "true",
            "scope": quoted(values["uri"]),
        }
        database.execute(f"create secret source_{at} ({', '.join(f'{key} {value}' for key, value in pairs.items())})")
    elif output.kind == "postgresql":
        options = "-c default_transaction_read_only=on -c statement_timeout=300000"
        parts = {
            "host": values["host"],
            "port": values["port"],
            "dbname": values["database"],
            "user": values.get("user", ""),
            "password": values.get("password", ""),
            "connect_timeout": "10",
            "options": options,
        }
        text = " ".join(f"{key}={conninfo(value)}" for key, value in parts.items() if value)
        schema = quoted(values["schema"])
        database.execute(f"attach {quoted(text)} as source_{at} (type postgres, read_only, schema {schema})")


def conninfo(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def table(at: int, output: Any, files: list[str]) -> str:
    if output.kind == "postgresql":
        return f"source_{at}.{identifier(output.values['schema'])}.{identifier(output.path)}"
    if output.format == "delta":
        return f"delta_scan({quoted(table_folder(output))})"
    if output.format == "iceberg":
        return f"iceberg_scan({quoted(files[0])})"
    if output.kind == "s3" and output.path.endswith("/"):
        output = output._replace(path=f"{output.path}**/{pattern_of(output.format)}")
    paths = f"[{', '.join(map(quoted, files or [output.path]))}]"
    options = "".join(f", {key}={quoted(value)}" for key, value in output.options)
    if output.format == "parquet":
        return f"read_parquet({paths}, union_by_name=true{hive(files)})"
    if output.format == "csv":
        return f"read_csv({paths}, union_by_name=true, max_line_size=2000000{hive(files)}{options})"
    layout = "newline_delimited" if output.format == "ndjson" else "auto"
    return f"read_json({paths}, format='{layout}', maximum_object_size=16777216, union_by_name=true{hive(files)})"


def hive(files: list[str]) -> str:
    return ", hive_partitioning=true" if files and all("=" in os.path.dirname(file) for file in files) else ""


def matched(output: Any) -> list[str]:
    """The files, each a regular one below the root. Raises `Refused`."""
    root = os.path.realpath(output.values["root"])
    path = os.path.join(root, output.path)
    if output.format in TABLE_FORMATS:
        path = os.path.join(table_folder(output), TABLE_FILES[output.format])
    elif os.path.isdir(path):
        path = os.path.join(path, "**", pattern_of(output.format))
    paths = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else [path]
    paths = [file for file in paths if not os.path.isdir(file)]
    if not paths:
        raise Refused("There is no file at the access point.")
    if len(paths) > MAX_FILES:
        raise Refused(f"The access point has more than {MAX_FILES} files.")
    for file in paths:
        try:
            kind = os.stat(file).st_mode
        except OSError:
            raise Refused("There is no file at the access point.") from None
        real = os.path.realpath(file)
        if real != root and not real.startswith(root + os.sep):
            raise Refused("A file of the access point lies outside of its source.")
        if not stat.S_ISREG(kind):
            raise Refused("The access point names something that is not a regular file.")
    return [newest_metadata(paths)] if output.format == "iceberg" else paths


TABLE_FILES = {"delta": "_delta_log/*.json", "iceberg": "metadata/*.metadata.json"}


def table_folder(output: Any) -> str:
    root = os.path.realpath(output.values["root"])
    folder = os.path.realpath(os.path.join(root, output.path))
    if folder != root and not folder.startswith(root + os.sep):
        raise Refused("The access point lies outside of its source.")
    return folder


def newest_metadata(files: list[str]) -> str:
    """An Iceberg table's files of metadata are numbered: 00003-….metadata.json or v3.metadata.json."""
    return max(files, key=lambda file: int((re.search(r"\d+", os.path.basename(file)) or ["0"])[0]))


def pattern_of(form: str) -> str:
    return {"ndjson": "*json*"}.get(form, f"*.{form}*")


def port_of(output: Any) -> int:
    if output.kind == "postgresql":
        return int(output.values["port"])
    secure, _, host = output.values.get("endpoint", "https://s3.amazonaws.com").rpartition("://")
    port = host.rpartition(":")[2]
    return int(port) if port.isdigit() else (80 if secure == "http" else 443)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def limit_resources(limits: dict[str, int]) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits["address_space_mb"] << 20),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
    ):
        resource.setrlimit(what, (most, most))


def landlock(roots: list[str], ports: set[int]) -> int:
    """Leaves this thread and those it starts only reading below `roots` and connecting to `ports`. 0: not supported."""
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(444, None, 0, 1)
    if abi < 1:
        return 0
    rights = {1: (1 << 13) - 1, 2: (1 << 14) - 1}.get(abi, (1 << 15) - 1)
    attributes = struct.pack("<QQ", rights, 3)[: 16 if abi >= 4 else 8]
    ruleset = libc.syscall(444, attributes, len(attributes), 0)
    if ruleset < 0:
        return 0
    for root in roots:
        folder = os.open(root, os.O_PATH | os.O_CLOEXEC)
        added = libc.syscall(445, ruleset, 1, struct.pack("<Qi", READ_FILE | READ_DIR, folder), 0)
        os.close(folder)
        if added:
            raise OSError(ctypes.get_errno(), "landlock")
    for port in ports if abi >= 4 else ():
        if libc.syscall(445, ruleset, 2, struct.pack("<QQ", CONNECT, port), 0):
            raise OSError(ctypes.get_errno(), "landlock")
    libc.prctl(38, 1, 0, 0, 0)
    if libc.syscall(446, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(ruleset)
    return abi
