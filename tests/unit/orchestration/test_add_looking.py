"""What a look may say before anything is written of it."""

from dataclasses import replace

import pytest

from extract.errors import Terminal
from extract.inspection import aurora
from extract.inspection.found import Found, FoundColumn
from orchestration import environment as settings
from orchestration.add.looking import look
from orchestration.add.proposal import Options

FOUND = Found("public.orders", (FoundColumn("id", "INT64", ("id",)),), ("id",), 5)


def looked(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], found: Found, options: Options) -> Found:
    variables = environ | {"KURA_AURORA_READER_HOST": "reader", "KURA_AURORA_READER_USER": "kura"}
    monkeypatch.setattr(aurora, "inspect", lambda *arguments: found)
    return look(settings.load(variables), "aurora", "public.orders", options, print)


def test_a_table_with_a_key_can_be_added(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    assert looked(monkeypatch, environ, FOUND, Options("orders", "snapshot")) is FOUND
    assert looked(monkeypatch, environ, FOUND, Options("orders", "snapshot", ("id",))) is FOUND


@pytest.mark.parametrize(
    ("found", "options", "problem"),
    [
        (replace(FOUND, key=()), Options("orders", "snapshot"), "has no key.* name its columns with --key"),
        (FOUND, Options("orders", "snapshot", ("email",)), "has a key of its own, id; leave --key out"),
        (replace(FOUND, is_exported=False), Options("orders", "snapshot"), "is a view or unlogged.* use --mode query"),
    ],
)
def test_a_table_that_could_not_be_run_is_refused(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], found: Found, options: Options, problem: str
) -> None:
    with pytest.raises(Terminal, match=f"^public.orders {problem}"):
        looked(monkeypatch, environ, found, options)


def test_a_reader_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(Terminal, match="KURA_AURORA_READER_HOST"):
        look(settings.load(environ), "aurora", "public.orders", Options("orders", "snapshot"), print)
