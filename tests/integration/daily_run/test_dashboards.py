"""The page of dashboards, read as an analyst from what the day published and drawn by a real browser."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from extract.errors import Terminal
from governance.scans.labels import DASHBOARD, labels
from orchestration.dashboards import definition, reading
from orchestration.dashboards.definition import Dashboard, Kind
from tests.support import Sandbox

DRAWN = [
    (dashboard, chart)
    for dashboard in definition.load()
    for chart in dashboard.charts
    if chart.kind not in (Kind.NUMBER, Kind.TABLE)
]


class Marks(HTMLParser):
    """For each chart's element: the labels of the marks that the browser drew in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marks: dict[str, list[str]] = {}
        self.drawn = ""
        self.values = 0
        self._chart = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        classes = (found.get("class") or "").split()
        if tag == "body":
            self.drawn = found.get("data-drawn") or found.get("data-failed") or ""
        if "chart" in classes:
            self._chart = found.get("id") or ""
            self.marks[self._chart] = []
        elif tag == "figure":
            self._chart = ""
        elif tag == "path" and self._chart and found.get("aria-roledescription"):
            self.marks[self._chart].append(found.get("aria-label") or "")
        self.values += "value" in classes


@pytest.fixture(scope="module")
def page(daily_run: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "dashboards.html"
    finished = daily_run.kura("dashboards", "render", "--output", str(path))
    assert finished.returncode == 0, finished.stdout
    assert str(path) in finished.stdout
    return path


@pytest.fixture(scope="module")
def drawn(page: Path) -> Marks:
    """What stands in the page when a browser without a network has run it."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    finished = subprocess.run(
        [*command, f"--user-data-dir={page.parent}", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return Marks(finished.stdout)


def test_the_page_needs_nothing_but_itself(page: Path) -> None:
    elements = re.sub(r"<script>.*?</script>", "<script></script>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert elements.count("<script>") == 2
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=", elements)


def test_a_browser_draws_every_chart(drawn: Marks) -> None:
    assert drawn.drawn == str(len(DRAWN))


@pytest.mark.parametrize("name", [f"{dashboard.name}-{chart.name}" for dashboard, chart in DRAWN])
def test_each_chart_has_a_mark_for_what_its_query_found(drawn: Marks, name: str) -> None:
    assert len(drawn.marks[name]) >= 1
    assert all(drawn.marks[name])


def test_each_number_is_shown(drawn: Marks) -> None:
    numbers = [chart for one in definition.load() for chart in one.charts if chart.kind is Kind.NUMBER]
    assert drawn.values == len(numbers)


def test_the_days_on_the_page_are_those_of_the_run(daily_run: Sandbox, page: Path, drawn: Marks) -> None:
    assert f"Data of {daily_run.day.isoformat()}" in page.read_text(encoding="utf-8")
    assert any(daily_run.day.isoformat() in label for label in drawn.marks["revenue-mrr_movements"])


def test_the_page_holds_nothing_that_an_analyst_may_not_read(daily_run: Sandbox, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    emails = daily_run.client().query_and_wait("select email from build.dim_users where email is not null limit 200")
    assert not [row["email"] for row in emails if row["email"] in text]


def test_every_charts_query_is_counted_for_it(daily_run: Sandbox, page: Path) -> None:
    charts = {
        labels(DASHBOARD, f"{dashboard.name}.{chart.name}")["kura_name"]
        for dashboard in definition.load()
        for chart in dashboard.charts
    }
    jobs = daily_run.client().query_and_wait(f"select distinct name from ops.jobs where purpose = '{DASHBOARD}'")
    assert charts <= {row["name"] for row in jobs}


@pytest.mark.parametrize(
    ("sql", "budget", "problem"),
    [
        ("select date_day, mrr from {{ ref('kpi_daily') }}", "1 B", "sales.mrr: it would scan .* its budget is 1 B"),
        ("select nothing from {{ ref('kpi_daily') }}", "1 GiB", "sales.mrr: .*nothing"),
        ("select email as mrr from {{ ref('dim_users') }}", "1 GiB", "sales.mrr: .*[Aa]ccess [Dd]enied"),
        ("select date_day from {{ ref('kpi_daily') }}", "1 GiB", "sales.mrr: its query has no column mrr"),
        ("select 1 as date_day, 1 as mrr from {{ ref('kpi_daily') }} where false", "1 GiB", "sales.mrr: .*no row"),
    ],
)
def test_a_chart_that_cannot_be_read_is_named_with_the_reason(
    daily_run: Sandbox, sql: str, budget: str, problem: str
) -> None:
    chart = {"name": "mrr", "title": "MRR", "kind": "table", "y": ["mrr"], "sql": sql, "scan_budget": budget}
    dashboard = Dashboard.model_validate({"name": "sales", "title": "S", "description": "d", "charts": [chart]})
    with pytest.raises(Terminal, match=f"^1 of 1 charts cannot be drawn: {problem}"):
        reading.read(daily_run.client("analyst"), [dashboard], ["kpi_daily", "dim_users"], print)


def test_without_an_analysts_credentials_no_page_is_written(daily_run: Sandbox, tmp_path: Path) -> None:
    finished = daily_run.kura(
        "dashboards", "render", "--output", str(tmp_path / "page.html"), KURA_ANALYST_CREDENTIALS=""
    )
    assert finished.returncode == 2
    assert "KURA_ANALYST_CREDENTIALS" in finished.stdout
    assert not list(tmp_path.iterdir())
