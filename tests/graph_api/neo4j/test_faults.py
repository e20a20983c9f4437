import pytest

from graph_api.neo4j.faults import chain_of, explain


@pytest.mark.parametrize(
    ("chain", "kind", "message"),
    [
        ("RuntimeException: x\nNativeIoException: bind(..): Address already in use", "port", "port is used"),
        ("RuntimeException: x\nIOException: No space left on device", "disk", "disk is full"),
        ("LifecycleException: x\nFileLockException: Lock file has been locked", "lock", "Another Neo4j"),
        ("UnableToMigrateException: the store cannot be migrated", "version", "another version of Neo4j"),
        ("TypeError: Class org.neo4j.dbms.api.DatabaseManagementServiceBuilder is not found", "jars", "jar of Neo4j"),
        ("java.lang.NoClassDefFoundError: org/neo4j/x", "jars", "jar of Neo4j"),
    ],
)  # fmt: skip
def test_known_causes_get_a_line_and_a_remedy(chain: str, kind: str, message: str) -> None:
    fault = explain(chain)
    assert fault.kind == kind
    assert message in fault.message
    assert fault.remedy


def test_an_unknown_cause_is_told_by_its_innermost_line() -> None:
    fault = explain("RuntimeException: outer\nIllegalStateException: the innermost")
    assert fault.kind == "other"
    assert fault.message == "Neo4j does not start: IllegalStateException: the innermost"


def test_a_chain_lists_python_causes_outermost_first() -> None:
    error = ValueError("outer\nwith more lines")
    error.__cause__ = OSError("inner")
    assert chain_of(error) == "ValueError: outer\nOSError: inner"
