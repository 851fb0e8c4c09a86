"""Looking at a table where it lives, with the environment's settings; a kind's clients are imported when needed."""

import datetime
from dataclasses import replace
from typing import Final

from extract.errors import Terminal
from extract.inspection.found import Found, Report
from orchestration.add.proposal import Options
from orchestration.environment import STRIPE_KEY, Environment, secret

PATIENCE: Final = 10.0
"""Seconds for which a busy service is asked again: somebody is waiting."""

SAMPLING: Final = datetime.timedelta(seconds=20)
"""How long a statement may take."""


def look(environment: Environment, source: str, relation: str, options: Options, report: Report) -> Found:
    """What the source holds. Terminal or Transient where it can't be seen, or has no key and none is named."""
    found = _look(environment, source, relation, options, report)
    if options.mode == "snapshot" and not found.is_exported:
        raise Terminal(f"{relation} is a view or unlogged, and exports of snapshots have neither; use --mode query")
    if not found.key:
        raise Terminal(f"{relation} has no key, and nothing seems to be one; name its columns with --key")
    if options.key and options.key != found.key:
        raise Terminal(f"{relation} has a key of its own, {', '.join(found.key)}; leave --key out")
    return found


def _look(environment: Environment, source: str, relation: str, options: Options, report: Report) -> Found:
    if source == "dynamodb":
        from extract.inspection import dynamodb
        from orchestration import aws_clients

        client = aws_clients.client(environment, "dynamodb")
        return dynamodb.inspect(environment.dynamodb_table_prefix, relation, report, client)
    if source == "stripe":
        from extract.inspection import stripe
        from extract.stripe_api import Lists

        return stripe.inspect(Lists(secret(STRIPE_KEY), environment.stripe_api_base, PATIENCE), relation, report)
    if source == "sheets":
        from extract.inspection import sheets
        from extract.sheets_api import SCOPES, Spreadsheets
        from orchestration import clients

        credentials = clients.loader_credentials(environment, SCOPES)
        spreadsheets = Spreadsheets(environment.spreadsheets, environment.sheets_api_base, credentials, PATIENCE)
        return sheets.inspect(spreadsheets, relation, options.key, options.header_row, report)
    from extract.inspection import aurora, aurora_mysql, aurora_postgres
    from orchestration import clients

    reader = replace(clients.reader(environment), statement_timeout=SAMPLING)
    connect = aurora_mysql.mysql if environment.aurora_engine == "mysql" else aurora_postgres.postgres
    return aurora.inspect(connect, reader, relation, options.key, report)
