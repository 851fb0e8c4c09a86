"""Dashboards' files: what they may say, what their SQL may name, and how a chart becomes a drawing."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from extract.errors import Terminal
from orchestration.dashboards import definition
from orchestration.dashboards.definition import Chart, Dashboard, Kind
from orchestration.dashboards.page import page
from orchestration.dashboards.reading import Read
from orchestration.dashboards.sql import resolve
from orchestration.dashboards.vega import specification

CHART: dict[str, Any] = {
    "name": "mrr", "title": "MRR", "kind": "line", "x": "day", "y": ["mrr"], "sql": "select day, mrr from x",
}  # fmt: skip
DAYS = [datetime.date(2026, 11, day) for day in (1, 2, 3)]


def read(rows: list[dict[str, Any]], **changes: Any) -> Read:
    return Read(Chart(**(CHART | changes)), tuple(rows[0]), rows, datetime.date(2026, 11, 3))


def write(folder: Path, text: str) -> Path:
    (folder / "revenue.yml").write_text(text, encoding="utf-8")
    return folder


def test_the_projects_own_files_are_sound() -> None:
    assert {dashboard.name for dashboard in definition.load()} >= {"business_overview", "revenue", "usage"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: [", "is no YAML"),
        ("title: Revenue\ndescription: d\ntitle: Costs\ncharts: []", "is no YAML: duplicate key 'title'"),
        ("{[a]: b}", "is no YAML"),
        ("- a list", "holds no dashboard"),
        ("title: Revenue\ndescription: d", "charts: Field required"),
        ("title: Revenue\ndescription: d\ncharts: []", "at least 1 item"),
        ("title: Revenue\ndescription: d\nname: other\ncharts: []", "multiple values"),
        ("title: R\ndescription: d\ncharts: [{name: a, title: A, kind: line, sql: s, y: [b]}]", "a line needs x"),
        ("title: R\ndescription: d\ncharts: [{name: a, title: A, kind: pie, sql: s}]", "charts.0.kind"),
        (
            "title: R\ndescription: d\ncharts: [{name: a, title: A, kind: table, sql: s, colour: red}]",
            "charts.0.colour",
        ),
        (
            "title: R\ndescription: d\ncharts: [{name: a, title: A, kind: table, sql: s}, "
            "{name: a, title: B, kind: table, sql: s}]",
            "several charts are named a",
        ),
        (
            "title: R\ndescription: d\ncharts: [{name: a, title: A, kind: table, sql: s, scan_budget: much}]",
            "charts.0.scan_budget: 'much' is no size; write a number and one of",
        ),
    ],
)
def test_a_file_that_says_something_wrong_is_refused_in_one_line_that_names_it(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(Terminal, match=r"^revenue\.yml") as refusal:
        definition.load(write(tmp_path, text))
    assert problem in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_of_a_chart_that_is_refused_nothing_but_its_own_error_is_told(tmp_path: Path) -> None:
    text = "title: R\ndescription: d\ncharts: [{name: a, title: A, kind: line, sql: s, y: [b]}]"
    with pytest.raises(Terminal, match=r"^revenue\.yml: charts\.0: a line needs x; correct it$"):
        definition.load(write(tmp_path, text))


def test_a_reference_becomes_the_published_table() -> None:
    query = resolve("select 1 from {{ ref('kpi_daily') }}", "koe", "marts", ["kpi_daily"])
    assert query.sql == "select 1 from `koe`.marts.kpi_daily"
    assert query.tables == {"kpi_daily"}


@pytest.mark.parametrize(
    "sql", ["select 1 from {{ ref('int_customer_users') }}", "select {{ env_var('KEY') }}", "select {{ ref( }}"]
)
def test_sql_may_name_published_tables_and_nothing_else(sql: str) -> None:
    with pytest.raises(Terminal):
        resolve(sql, "koe", "marts", ["kpi_daily"])


@pytest.mark.parametrize("sql", ["select {{ 1 / 0 }}", "select 1 from {{ ref() }}", "{{ range(10 ** 9) | list }}"])
def test_sql_that_fails_as_a_program_is_refused_in_one_line(sql: str) -> None:
    with pytest.raises(Terminal, match=r"^the SQL is no template: \w+: [^\n]+$"):
        resolve(sql, "koe", "marts", ["kpi_daily"])


def test_every_value_of_every_series_is_drawn_with_its_exact_day() -> None:
    rows = [{"day": day, "mrr": Decimal("1.5"), "target": None} for day in DAYS]
    spec = specification(read(rows, y=["mrr", "target"], labels={"target": "Aim"}))
    values = spec["data"]["values"]
    assert [(one["x"], one["series"], one["value"]) for one in values[:2]] == [
        ("2026-11-01", "Mrr", 1.5), ("2026-11-01", "Aim", None),
    ]  # fmt: skip
    assert len(values) == 6
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}


@pytest.mark.parametrize("kind", [Kind.LINE, Kind.BAR, Kind.STACKED_BAR, Kind.HEATMAP])
def test_every_kind_of_drawing_is_one_that_vega_lite_accepts(kind: Kind) -> None:
    rows = [{"day": day, "plan": plan, "mrr": 5} for day in DAYS for plan in ("free", None)]
    svg = vl_convert.vegalite_to_svg(specification(read(rows, kind=kind, series="plan")) | {"width": 400})
    assert svg.count("aria-roledescription") >= 4


def test_what_people_wrote_stands_on_the_page_as_text_and_closes_no_element() -> None:
    chart = Chart(**(CHART | {"title": "<b>5 > 3</b>", "text": "</script>", "labels": {"mrr": "</script>"}}))
    dashboard = Dashboard(name="revenue", title="R & D", description="<i>", charts=(chart,))
    one = Read(chart, ("day", "mrr"), [{"day": DAYS[0], "mrr": 1}], DAYS[0])
    text = page([dashboard], {("revenue", "mrr"): one}, "sandbox")
    assert "&lt;b&gt;5 &gt; 3&lt;/b&gt;" in text
    assert "R &amp; D" in text
    assert text.count("</script>") == 2


def test_a_number_stands_beside_what_it_is_compared_with() -> None:
    chart = Chart(**(CHART | {"kind": "number", "y": ["mrr", "target"], "unit": "¥", "labels": {"target": "Target:"}}))
    dashboard = Dashboard(name="revenue", title="R", description="d", charts=(chart,))
    one = Read(chart, ("mrr", "target"), [{"mrr": Decimal("1234567.5"), "target": None}], None)
    text = page([dashboard], {("revenue", "mrr"): one}, "sandbox")
    assert '<p class="value">¥1,234,568</p>' in text
    assert "Target: -" in text
