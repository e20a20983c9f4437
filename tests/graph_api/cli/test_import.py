"""`meshweave import` and `meshweave export`, against the test database as a user would name it."""

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from graph_api.cli.import_ import Shown, summary
from graph_api.cli.main import app
from graph_api.documents import check_files, read_documents
from graph_api.neo4j.errors import StartError
from graph_api.settings import get_settings
from resolvers.interchange import Document, Imported, Unreadable
from tests.resolvers.interchange.meshes import DOCUMENTS, ORDERS, PLAIN, product


@pytest.fixture
def run(clean_database, monkeypatch, tmp_path):
    """`run("import", "mesh.jsonl")` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESHWEAVE_NEO4J_URI", clean_database.uri)
    monkeypatch.setenv("MESHWEAVE_NEO4J_USER", clean_database.user)
    monkeypatch.setenv("MESHWEAVE_NEO4J_PASSWORD", clean_database.password)
    monkeypatch.setenv("MESHWEAVE_NEO4J_DATABASE", clean_database.database)
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words), catch_exceptions=True)
    get_settings.cache_clear()


def jsonl(documents):
    return b"\n".join(orjson.dumps(document) for document in documents)


def test_a_mesh_goes_out_and_comes_in_again(run, tmp_path):
    (tmp_path / "mesh.jsonl").write_bytes(jsonl(DOCUMENTS))
    first = run("import", "mesh.jsonl")
    assert first.exit_code == 0
    assert "Imported 2 domains, 3 products and 3 dependencies in " in first.stdout
    assert run("export", "out.jsonl").exit_code == 0
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 5
    again = run("import", "out.jsonl", "--at-once", "1")
    assert "Imported 0 domains, 0 products and 0 dependencies" in again.stdout
    assert "0 changed, 8 unchanged, 0 left out." in again.stdout
    refused = run("export", "out.jsonl")
    assert isinstance(refused.exception, StartError)
    assert refused.exception.message == "out.jsonl cannot be written: File exists."
    nowhere = run("export", "none/out.jsonl")
    assert isinstance(nowhere.exception, StartError)
    assert nowhere.exception.message == "The folder none does not exist."


def test_a_refusal_lists_places_and_says_what_to_do(run, tmp_path):
    (tmp_path / "mesh.jsonl").write_bytes(jsonl([*DOCUMENTS, product("new", type="X")]) + b"\n\n{oops}\n")
    refused = run("import", "mesh.jsonl")
    assert isinstance(refused.exception, StartError)
    assert "refused for 2 faults, after 0 new products" in refused.exception.message
    assert "mesh.jsonl:7 DataProduct sales new: type: A type is one of" in refused.stderr
    assert "mesh.jsonl:9: This is not JSON" in refused.stderr


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.json",
            b'[\n {"a": 1},\n {"b": "]"}, {"c": 2}\n]',
            [("2[1]", {"a": 1}), ("3[2]", {"b": "]"}), ("3[3]", {"c": 2})],
        ),
        ("lines.json", b'{"a": 1}\r\n\r\n{"b": 2}\r\n', [("1", {"a": 1}), ("3", {"b": 2})]),
        ("mark.jsonl", b'\xef\xbb\xbf{"a": 1}\n\xef\xbb\xbf{"b": 2}', [("1", {"a": 1}), ("2", {"b": 2})]),
        ("mark.json", b'\xef\xbb\xbf\n{"a": 1}', [("2", {"a": 1})]),
        ("pretty.jsonl", b'{\n "a": 1\n}\n', [("1", {"a": 1})]),
        ("list.jsonl", b'[{"a": 1}, {"b": 2}]', [("1[1]", {"a": 1}), ("1[2]", {"b": 2})]),
        ("big.jsonl", b'{"a": 18446744073709551617}', [("1", {"a": 18446744073709551617})]),
        ("twice.jsonl", b'{}\n{"a": 1, "a": 2}', [("1", {}), ("2", "the same key twice")]),
        ("nan.jsonl", b'{"a": NaN}', [("1", "This is not JSON")]),
        ("utf16.jsonl", '{"a": 1}'.encode("utf-16"), [("", "it is UTF-16: save it as UTF-8")]),
        ("utf16.json", '{"a": 1}'.encode("utf-16-be"), [("", "it is UTF-16: save it as UTF-8")]),
        ("utf16le.jsonl", '{"a": 1}\n{"b": 2}'.encode("utf-16-le"), [("", "it is UTF-16: save it as UTF-8")]),
        ("utf32.jsonl", '{"a": 1}'.encode("utf-32"), [("", "it is UTF-32: save it as UTF-8")]),
        ("utf32le.json", '{"a": 1}\n{"b": 2}'.encode("utf-32-le"), [("", "it is UTF-32: save it as UTF-8")]),
        ("utf32be.json", '[{"a": 1}]'.encode("utf-32-be"), [("", "it is UTF-32: save it as UTF-8")]),
        ("latin.jsonl", '{}\n{"a": "é"}'.encode("latin-1"), [("1", {}), ("2", "it is not UTF-8, see column 8")]),
        ("latin.json", '[{},\n{"a": "é"}]'.encode("latin-1"), [("", "it is not UTF-8, see line 2 column 8")]),
        ("commas.json", b'{"a": 1},\n{"b": 2},\n', [("", "commas between documents, and no list")]),
        ("commas.jsonl", b'{"a": 1},\r\n{"b": 2}', [("", "commas between documents, and no list")]),
        ("pretty.json", b'{\n "a": 1\n}\n{\n "b": 2\n}', [("", "several documents one after another")]),
        ("pretty.jsonl", b'{\n "a": 1\n}\n{\n "b": 2\n}', [("", "several documents one after another")]),
        ("mac.jsonl", b'{"a": 1}\r{"b": 2}\r', [("1", {"a": 1}), ("2", {"b": 2})]),
        ("deep.jsonl", b'{"a": [{"b": {"c": 1, "c": 1}}]}', [("1", "the same key twice")]),
        ("escaped.jsonl", b'{"a": 1, "\\u0061": 2}', [("1", "the same key twice")]),
        ("emoji.json", '[{"🔑": 1},\n\n {"\\ud83d\\udd11": 2}]'.encode(), [("1[1]", {"🔑": 1}), ("3[2]", {"🔑": 2})]),
        ("half.jsonl", b'{"a": "\\ud800"}', [("1", "This is not JSON")]),
        ("huge.json", b"[1e400]", [("1[1]", float("inf"))]),  # each document is looked at for it
        ("long.json", b"[" + b"9" * 5_000 + b"]", [("", "This is not JSON")]),
        ("edge.json", b"[9223372036854775808, -9223372036854775809]", [("1[1]", 2**63), ("1[2]", -(2**63) - 1)]),
        ("empty.jsonl", b"\n \n", []),
    ],
)
def test_files_are_read_by_what_is_in_them(tmp_path, monkeypatch, name, text, expected):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(text)
    found = list(read_documents([Path(name)]))
    assert [one.at for one in found] == [f"{name}:{at}".rstrip(":") for at, _ in expected]
    for one, (_, value) in zip(found, expected, strict=True):
        if isinstance(value, str):
            assert value in one.value.message
        else:
            assert one.value == value


def test_files_are_looked_at_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("there.jsonl").write_bytes(b"{}")
    with pytest.raises(StartError, match=r"none\.jsonl cannot be read: .* gone/mesh\.json cannot be read"):
        check_files([Path("none.jsonl"), Path("there.jsonl"), Path("-"), Path("gone/mesh.json")])


def test_places_in_files(tmp_path, monkeypatch):
    (tmp_path / "list.json").write_bytes(orjson.dumps([ORDERS, PLAIN]))
    (tmp_path / "one.json").write_bytes(orjson.dumps(ORDERS, option=orjson.OPT_INDENT_2))
    (tmp_path / "lines.jsonl").write_bytes(b"\n" + jsonl([ORDERS]))
    monkeypatch.chdir(tmp_path)
    found = list(read_documents([Path(name) for name in ("list.json", "one.json", "lines.jsonl")]))
    assert found == [
        Document("list.json:1[1]", ORDERS),
        Document("list.json:1[2]", PLAIN),
        Document("one.json:1", ORDERS),
        Document("lines.jsonl:2", ORDERS),
    ]
    (tmp_path / "bad.json").write_bytes(b"[1,")
    ((place, value),) = read_documents([Path("bad.json")])
    assert (place, type(value)) == ("bad.json", Unreadable)
    with pytest.raises(StartError, match="cannot be read"):
        list(read_documents([tmp_path / "none.json"]))


def test_lines_come_from_stdin(monkeypatch):
    from graph_api.documents import STDIN

    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(jsonl([ORDERS]))))
    assert list(read_documents([STDIN])) == [Document("stdin:1", ORDERS)]
    listed = orjson.dumps([ORDERS, PLAIN], option=orjson.OPT_INDENT_2)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(listed)))
    assert [one.value for one in read_documents([STDIN])] == [ORDERS, PLAIN]


def test_progress_tells_numbers():
    told = []
    shown = Shown(lambda text, fraction: told.append(text))
    shown(Imported(products=1_500, dependencies=4_000, known=2))
    assert told == ["Importing: 1,500 products, 4,000 dependencies, 2 unchanged"]
    assert summary(Imported(domains=1, skipped=("x",)), 2.0) == (
        "Imported 1 domains, 0 products and 0 dependencies in 2.0 s; 0 changed, 0 unchanged, 1 left out."
    )


def test_a_dry_run_says_what_would_be_and_exits_with_1_when_refused(run, tmp_path):
    (tmp_path / "mesh.jsonl").write_bytes(jsonl(DOCUMENTS))
    would = run("import", "mesh.jsonl", "--dry-run")
    assert would.exit_code == 0
    assert "Would import 2 domains, 3 products and 3 dependencies in " in would.stdout
    assert "Imported 2 domains, 3 products and 3 dependencies in " in run("import", "mesh.jsonl").stdout
    more = {"version": "1.0.1", "jsonSchema": {"type": "object"}}
    (tmp_path / "bad.jsonl").write_bytes(jsonl([{**ORDERS, "contract": more}]))
    refused = run("import", "bad.jsonl", "--dry-run")
    assert isinstance(refused.exception, StartError)
    assert "The import would be refused for one fault." in refused.exception.message
    assert "bad.jsonl:1 urn:mesh:sales:raw_orders-v2: contract.version: Version 1.0.1 is too low" in refused.stderr


def test_prune_says_how_much_was_retired(run, tmp_path):
    (tmp_path / "mesh.jsonl").write_bytes(jsonl([*DOCUMENTS, product("old")]))
    assert run("import", "mesh.jsonl").exit_code == 0
    (tmp_path / "mesh.jsonl").write_bytes(jsonl(DOCUMENTS))
    assert "0 changed, 8 unchanged, 0 left out, 1 retired." in run("import", "mesh.jsonl", "--prune").stdout
