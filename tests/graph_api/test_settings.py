"""Settings are read from the environment, checked, and documented."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from graph_api.settings import Settings
from graph_api.settings_table import FILE, table


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_documented_table_is_current() -> None:
    assert FILE.read_text() == table(), "run `python -m scripts.reference_pages`"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("text", ["a.example b.example", "a.example,b.example", " a.example , b.example "])
def test_lists_are_words(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("MESHWEAVE_ALLOWED_HOSTS", text)
    assert Settings().allowed_hosts == ("a.example", "b.example")


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("MESHWEAVE_PORT=1\nMESHWEAVE_MAX_DEPTH=7\nOTHER=x\n")
    monkeypatch.setenv("MESHWEAVE_PORT", "2")
    assert (Settings().port, Settings().max_depth) == (2, 7)


def test_the_address_that_kubernetes_gives_a_service_of_our_name_is_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHWEAVE_PORT", "tcp://10.96.14.3:8000")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "x"), ("PORT", "70000"), ("MAX_DEPTH", "0"), ("LOG_LEVEL", "loud"), ("MAX_BODY_BYTES", "1")],
)
def test_a_value_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MESHWEAVE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_secrets_stay_out_of_the_repr() -> None:
    text = repr(Settings(token="a secret of this test", neo4j_password="another secret"))  # type: ignore[arg-type]
    assert "secret" not in text.replace("SecretStr", "")
