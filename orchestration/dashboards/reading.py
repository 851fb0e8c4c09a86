"""Running charts' queries as an analyst: with an analyst's rights, and no more bytes than each may scan."""

import datetime
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from google.cloud import bigquery

from extract.errors import Terminal
from extract.outside import google_cloud
from governance.scans.budgets import require_within
from governance.scans.labels import DASHBOARD, labels
from orchestration import clients
from orchestration.dashboards.definition import Chart, Dashboard, Kind
from orchestration.dashboards.sql import resolve
from orchestration.publication.copier import WINDOW
from orchestration.publication.project import MARTS

MAX_ROWS: Final = 10_000
"""What a page can show; a chart with more should aggregate in its SQL."""
AT_ONCE: Final = 4
LIMIT: Final = 300.0
"""Seconds that one query may take."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """A chart's rows, and the day that the tables it reads hold, if they say."""

    chart: Chart
    columns: tuple[str, ...]
    rows: list[Row]
    as_of: datetime.date | None


def read(
    client: bigquery.Client,
    dashboards: Sequence[Dashboard],
    published: Sequence[str],
    report: Callable[[str], None],
) -> dict[tuple[str, str], Read]:
    """The rows of every chart, by the names of dashboard and chart. Terminal tells of all charts that fail."""
    found: dict[tuple[str, str], Read] = {}
    problems: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {
            (dashboard.name, chart.name): pool.submit(_read, client, f"{dashboard.name}.{chart.name}", chart, published)
            for dashboard in dashboards
            for chart in dashboard.charts
        }
        for (dashboard, name), result in running.items():
            try:
                found[dashboard, name] = one = result.result()
                report(f"{dashboard}.{name}: {len(one.rows)} rows")
            except Terminal as error:
                problems.append(f"{dashboard}.{name}: {error}")
    if problems:
        raise Terminal(f"{len(problems)} of {len(running)} charts cannot be drawn: {'; '.join(problems)}")
    return found


def _read(client: bigquery.Client, name: str, chart: Chart, published: Sequence[str]) -> Read:
    query = resolve(chart.sql, client.project, MARTS, published)
    require_within(client, "it", query.sql, chart.scan_budget)
    # A query is billed for 10 MB of each table at least: https://cloud.google.com/bigquery/pricing
    billed = chart.scan_budget + 10 * 1024**2 * max(1, len(query.tables))
    config = bigquery.QueryJobConfig(maximum_bytes_billed=billed, labels=labels(DASHBOARD, name))
    with google_cloud("reading it"):
        rows = client.query(query.sql, config, retry=clients.RETRY, timeout=LIMIT).result(timeout=LIMIT)
        columns = tuple(field.name for field in rows.schema)
        taken = [dict(row.items()) for _, row in zip(range(MAX_ROWS + 1), rows, strict=False)]
        as_of = min(filter(None, (_window(client, table) for table in query.tables)), default=None)
    _check(chart, columns, taken)
    return Read(chart, columns, taken, as_of)


def _check(chart: Chart, columns: Sequence[str], rows: Sequence[Row]) -> None:
    wanted = [column for column in (chart.x, chart.series, *chart.y, *chart.labels) if column]
    if missing := [column for column in wanted if column not in columns]:
        raise Terminal(f"its query has no column {', '.join(missing)}; it has {', '.join(columns)}")
    if not rows:
        raise Terminal("its query finds no row; a chart must show something")
    if len(rows) > MAX_ROWS:
        raise Terminal(f"its query finds more than {MAX_ROWS:,} rows; aggregate in its SQL")
    if chart.kind is Kind.NUMBER and len(rows) != 1:
        raise Terminal(f"its query finds {len(rows)} rows; a number is one row")


def _window(client: bigquery.Client, table: str) -> datetime.date | None:
    label = client.get_table(f"{MARTS}.{table}", retry=clients.RETRY).labels.get(WINDOW)
    return datetime.datetime.strptime(label, "%Y%m%d").date() if label else None
