"""The process that reads one output: DuckDB, confined before it opens anything that others wrote.

Order matters. DuckDB connects with one thread and loads its extensions; then Landlock closes the file system and the
network for this thread and those started later; then resource limits; then the source is opened and DuckDB's
configuration locked. DuckDB's own sandbox permits writing where it may read, and strings outside its memory limit.
"""

import ctypes
import glob
import os
import resource
import stat
import struct
from datetime import UTC, datetime
from typing import Any

READ_FILE, READ_DIR, CONNECT = 4, 8, 2
MAX_FILES = 1_000


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
        try:
            connection.send(("rows", [list(row) for row in database.execute(sql).fetchmany(limit)]))
        except BaseException as error:
            connection.send(failure(error))


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
    kinds = {output.kind for output in outputs}
    for kind, extension in (("s3", "httpfs"), ("postgresql", "postgres_scanner")):
        if kind in kinds:
            load(database, site, extension)
    database.execute("set TimeZone='UTC'")
    files = [matched(output) if output.kind == "files" else [] for output in outputs]
    roots = {os.path.realpath(output.values["root"]) for output in outputs if output.kind == "files"}
    ports = {port_of(output) for output in outputs if output.kind != "files"}
    # Certificates, resolver files and user names are read by the network libraries.
    system = ["/etc", "/usr/lib/ssl", "/usr/share/ca-certificates"] if ports else []
    abi = landlock(
        [*roots, site, os.path.dirname(os.__file__), "/proc", "/sys", *filter(os.path.exists, system)], ports
    )
    limit_resources(limits)
    database.execute("set threads=2")
    for at, output in enumerate(outputs):
        prepare(database, at, output)
    allowed = [quoted(root + "/") for root in sorted(roots)]
    allowed += [quoted(output.path.rpartition("/")[0].split("*")[0] + "/") for output in outputs if output.kind == "s3"]
    database.execute(f"set allowed_directories=[{', '.join(allowed)}]; set temp_directory=''")
    database.execute("set python_enable_replacements=false; set enable_external_access=false")
    database.execute("set enable_progress_bar=false; set lock_configuration=true")
    columns = []
    for at, output in enumerate(outputs):
        name = "data" if at == 0 else f"reference_{at - 1}"
        database.execute(f"create view {name} as select * from {table(at, output, files[at])}")
        rows = database.execute(f"describe select * from {name}").fetchall()
        columns.append([(row[0], row[1]) for row in rows])
    newest = max((os.stat(file).st_mtime for file in files[0]), default=None)
    return database, {
        "columns": columns,
        "modified": None if newest is None else datetime.fromtimestamp(newest, UTC).isoformat(),
        "sandbox": f"Landlock ABI {abi} and resource limits" if abi else "resource limits alone (no Landlock here)",
    }


def load(database: Any, site: str, extension: str) -> None:
    found = glob.glob(f"{site}/duckdb_extension_{extension}/extensions/*/*.duckdb_extension")
    if not found:
        raise Refused(f"The reader of this kind of source ({extension}) is not installed.")
    database.execute(f"load {quoted(found[0])}")


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
    if os.path.isdir(path):
        suffix = {"ndjson": "*json*"}.get(output.format, f"*.{output.format}*")
        path = os.path.join(path, "**", suffix)
    found = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else [path]
    found = [file for file in found if not os.path.isdir(file)]
    if not found:
        raise Refused("There is no file at the access point.")
    if len(found) > MAX_FILES:
        raise Refused(f"The access point has more than {MAX_FILES} files.")
    for file in found:
        try:
            kind = os.stat(file).st_mode
        except OSError:
            raise Refused("There is no file at the access point.") from None
        real = os.path.realpath(file)
        if real != root and not real.startswith(root + os.sep):
            raise Refused("A file of the access point lies outside of its source.")
        if not stat.S_ISREG(kind):
            raise Refused("The access point names something that is not a regular file.")
    return found


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
