"""Whether everything that a run needs answers, asked before the run starts."""

import re
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from functools import partial
from typing import Final

import google.auth
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession

from extract.contract import Table
from extract.errors import Terminal, Transient, one_line
from extract.outside import no_token
from extract.sheets_api import SCOPES
from orchestration import aws_clients, clients
from orchestration.environment import STRIPE_KEY, Environment, secret

SECONDS: Final = 10.0
_AWS: Final = Config(connect_timeout=3, read_timeout=SECONDS, retries={"total_max_attempts": 1})
_CHECK: Final = "check the network, the settings and what our identity may do"
_ONCE: Final = Retry(predicate=lambda _: False)


def require(environment: Environment, tables: Iterable[Table]) -> None:
    """Ask every service that the tables need, all at once. Terminal names those that do not answer as they should."""
    tables = tuple(tables)
    needed = {_READER if table.mode == "query" else table.source for table in tables}
    asked = {**_ALWAYS, **{name: ask for source, (name, ask) in _QUESTIONS.items() if source in needed}}
    if carried := [table for table in tables if table.carrier]:
        asked["the Data Transfer Service"] = partial(_transfers, carried)
    answers = {name: _start(ask, environment) for name, ask in asked.items()}
    problems = [f"{name} {problem}" for name, answer in answers.items() if (problem := _problem(answer))]
    if problems:
        raise Terminal(f"{', '.join(problems)}; {_CHECK}")


def require_warehouse(environment: Environment) -> None:
    """Raise Terminal when BigQuery does not answer. Commands ask first: their own requests are tried for minutes."""
    if problem := of_warehouse(environment):
        raise Terminal(f"BigQuery {problem}; {_CHECK}")


def of_warehouse(environment: Environment) -> str | None:
    """What is wrong with reaching BigQuery at this moment; None when it answers."""
    return _problem(_start(_warehouse, environment))


def _start(ask: Callable[[Environment], None], environment: Environment) -> Future[None]:
    """Ask in a thread that may be left behind: some clients go on for minutes whatever timeout they are given."""
    future: Future[None] = Future()

    def work() -> None:
        try:
            ask(environment)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=work, daemon=True).start()
    return future


def _problem(answer: Future[None]) -> str | None:
    try:
        answer.result(2 * SECONDS)
    except NoAnswer:
        return f"does not answer within {2 * SECONDS:.0f} s"
    except NotFound:
        return "is not there"
    except ClientError as error:
        return f"refuses ({one_line(error.response['Error'].get('Message', str(error)))})"
    except GoogleAPICallError as error:
        return f"refuses ({one_line(error.message)})"
    except (_Refused, Terminal, Transient) as error:
        return f"refuses ({error})"
    except RefreshError as error:
        return f"refuses ({no_token('asking for a token', error)})"
    except (GoogleAuthError, BotoCoreError, requests.RequestException, OSError) as error:
        return f"cannot be reached ({_reason(error)})"
    return None


def _reason(error: BaseException) -> str:
    """The reason in a few words: libraries wrap a refused connection in layers of text."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    text = one_line(str(error))
    if errno := re.search(r"\[Errno -?\d+\] ([\w ]+)", text):
        return errno[1].lower()
    return text if len(text) <= 160 else text[:157] + "..."


def _warehouse(environment: Environment) -> None:
    clients.bigquery_client(environment).get_dataset("ops", retry=_ONCE, timeout=SECONDS)


def _landing(environment: Environment) -> None:
    clients.storage_client(environment).get_bucket(environment.landing_bucket, retry=None, timeout=SECONDS)


def _dynamodb(environment: Environment) -> None:
    aws_clients.client(environment, "s3", _AWS).head_bucket(Bucket=environment.export_bucket)
    aws_clients.client(environment, "dynamodb", _AWS).list_tables(Limit=1)


def _aurora(environment: Environment) -> None:
    aws_clients.client(environment, "rds", _AWS).describe_db_clusters(DBClusterIdentifier=environment.aurora_cluster)


def _aurora_reader(environment: Environment) -> None:
    reader = clients.reader(environment)
    socket.create_connection((reader.host, reader.port), SECONDS).close()


def _stripe(environment: Environment) -> None:
    url, key = f"{environment.stripe_api_base}/v1/customers", secret(STRIPE_KEY)
    _accepted(requests.get(url, params={"limit": "1"}, auth=(key, ""), timeout=SECONDS), "the key")


def _sheets(environment: Environment) -> None:
    credentials = clients.loader_credentials(environment, SCOPES) or google.auth.default(scopes=SCOPES)[0]
    with AuthorizedSession(credentials) as session:  # type: ignore[no-untyped-call]
        for name, spreadsheet in environment.spreadsheets.items():
            url = f"{environment.sheets_api_base}/v4/spreadsheets/{spreadsheet}"
            response = session.get(url, params={"fields": "spreadsheetId"}, timeout=SECONDS)
            _accepted(response, f"spreadsheet {name}")


def _transfers(tables: Collection[Table], environment: Environment) -> None:
    if missing := clients.transfers(environment).missing(tables):
        raise _Refused(f"no configuration is named {', '.join(missing)}: Terraform makes them, see docs/transfer.md")


class _Refused(Exception):
    """A service answered, and does not want us."""


def _accepted(response: requests.Response, what: str) -> None:
    # 429 and the like are for the extraction to wait out; here it only matters that somebody is there and knows us.
    if response.status_code in (401, 403, 404):
        raise _Refused(f"{what}: HTTP {response.status_code}")


_READER: Final = "aurora, mode query"
_Question = Callable[[Environment], None]
_ALWAYS: Final[Mapping[str, _Question]] = {"BigQuery dataset ops": _warehouse, "the landing bucket": _landing}
_QUESTIONS: Final[Mapping[str, tuple[str, _Question]]] = {
    "dynamodb": ("AWS for DynamoDB", _dynamodb),
    "aurora": ("AWS for Aurora", _aurora),
    _READER: ("the reader of Aurora", _aurora_reader),
    "stripe": ("Stripe", _stripe),
    "sheets": ("Google Sheets", _sheets),
}
