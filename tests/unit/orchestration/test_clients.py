"""How the settings of Aurora's reader become a reader."""

import datetime

import pytest
from google.auth.credentials import AnonymousCredentials

from extract.aurora_reader import Reader
from extract.contract import Column, Table
from extract.delivery import Failure
from extract.errors import Terminal
from extract.window import for_date
from orchestration import clients, environment

READER = {
    "KURA_AURORA_READER_HOST": "koe.cluster-ro-1.ap-northeast-1.rds.amazonaws.com",
    "KURA_AURORA_READER_USER": "kura",
    "KURA_AURORA_CA_FILE": "/etc/ssl/global-bundle.pem",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "not to be seen",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
}


def reader(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, **changes: str) -> Reader:
    for name, value in {**READER, **changes}.items():
        monkeypatch.setenv(name, value)
    return clients.reader(environment.load({**variables, **READER, **changes}))


def test_by_default_a_reader_is_signed_in_to_by_iam_over_verified_tls(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reader(environ, monkeypatch)
    assert (found.port, found.sslmode) == (5432, "verify-full")
    token = found.password()
    assert token.startswith(f"{found.host}:5432/?Action=connect&DBUser=kura")
    assert "X-Amz-Signature=" in token
    assert token not in repr(found)


def test_mysql_has_a_port_of_its_own(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert reader(environ, monkeypatch, KURA_AURORA_ENGINE="mysql").port == 3306


def test_a_password_is_read_when_it_is_used(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = reader(environ, monkeypatch, KURA_AURORA_AUTH="password", KURA_AURORA_PASSWORD="first")
    monkeypatch.setenv("KURA_AURORA_PASSWORD", "second")
    assert found.password() == "second"
    assert "first" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"KURA_AURORA_READER_HOST": ""}, "missing KURA_AURORA_READER_HOST"),
        ({"KURA_AURORA_AUTH": "password"}, "missing KURA_AURORA_PASSWORD"),
        ({"KURA_AURORA_READER_PORT": "many"}, "'many', which is no port"),
        ({"KURA_AURORA_TLS": "disable"}, "IAM tokens need TLS"),
        ({"KURA_AURORA_TLS": "maybe"}, "unknown KURA_AURORA_TLS 'maybe'"),
        ({"KURA_AURORA_ENGINE": "oracle"}, "unknown KURA_AURORA_ENGINE 'oracle'"),
    ],
)
def test_settings_that_do_not_fit_are_said(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(Terminal, match=words):
        reader(environ, monkeypatch, **changes)


def test_every_query_of_the_platform_says_so_and_may_cost_what_the_environment_allows(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    monkeypatch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), None))
    settings = environment.load({**environ, "KURA_MAXIMUM_BYTES_BILLED": "5000000"})
    config = clients.bigquery_client(settings).default_query_job_config
    assert (config.maximum_bytes_billed, config.labels) == (5_000_000, {"kura": "platform"})


def test_without_a_reader_only_the_tables_in_query_mode_fail(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    table = Table("aurora", "t", "Rows.", "public.t", "query", ("id",), (Column("id", "INT64", "Number."),))
    settings = environment.load(environ)
    window = for_date(datetime.date(2026, 1, 1), "UTC")
    # No landing bucket is asked: the reader's settings are missing before.
    [outcome] = clients.source(settings, "aurora").deliver([table], window, None, print)  # type: ignore[arg-type]
    assert isinstance(outcome, Failure)
    assert "KURA_AURORA_READER_HOST, KURA_AURORA_READER_USER" in str(outcome.error)
