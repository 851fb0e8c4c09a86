"""All dashboards as one page that needs nothing else: data, drawing library and style are inside."""

import html
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import vl_convert

from orchestration.dashboards.definition import Chart, Dashboard, Kind
from orchestration.dashboards.reading import Read
from orchestration.dashboards.vega import specification

VEGA_LITE: Final = "5.21"
TEMPLATE: Final = Path(__file__).with_name("page.html")

Reads = Mapping[tuple[str, str], Read]


def page(dashboards: Sequence[Dashboard], reads: Reads, environment: str) -> str:
    """The page as HTML."""
    days = sorted({read.as_of for read in reads.values() if read.as_of})
    as_of = f"Data of {days[0]}" if days else ""
    if len(days) > 1:
        as_of += f" to {days[-1]}"
    specs = {
        _id(dashboard, chart): specification(reads[dashboard.name, chart.name])
        for dashboard in dashboards
        for chart in dashboard.charts
        if chart.kind not in (Kind.NUMBER, Kind.TABLE)
    }
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title="kura dashboards",
        environment=html.escape(environment),
        as_of=html.escape(as_of),
        links="".join(f'<a href="#{item.name}">{html.escape(item.title)}</a>' for item in dashboards),
        sections="".join(_section(dashboard, reads) for dashboard in dashboards),
        # What closes a script element must not stand in it.
        specs=json.dumps(specs, ensure_ascii=False).replace("</", "<\\/"),
        library=_library().replace("</script", "<\\/script"),
    )


@cache
def _library() -> str:
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)


def _section(dashboard: Dashboard, reads: Reads) -> str:
    charts = "".join(_figure(dashboard, chart, reads[dashboard.name, chart.name]) for chart in dashboard.charts)
    return (
        f'<section id="{dashboard.name}"><h2>{html.escape(dashboard.title)}</h2>'
        f'<p class="about">{html.escape(dashboard.description)}</p><div class="grid">{charts}</div></section>'
    )


def _figure(dashboard: Dashboard, chart: Chart, read: Read) -> str:
    match chart.kind:
        case Kind.NUMBER:
            body = _number(read)
        case Kind.TABLE:
            body = _table(read)
        case _:
            label = html.escape(f"{chart.title}, {len(read.rows)} rows", quote=True)
            body = f'<div class="chart" id="{_id(dashboard, chart)}" role="img" aria-label="{label}"></div>'
    text = f'<p class="text">{html.escape(chart.text)}</p>' if chart.text else ""
    return (
        f'<figure class="{chart.kind}" style="--width: {chart.width}">'
        f"<figcaption>{html.escape(chart.title)}</figcaption>{body}{text}</figure>"
    )


def _number(read: Read) -> str:
    chart, [row] = read.chart, read.rows
    value, *others = [_shown(row[column], chart) for column in chart.y]
    beside = "".join(
        f'<span class="beside">{html.escape(chart.label(column))} {html.escape(other)}</span>'
        for column, other in zip(chart.y[1:], others, strict=True)
    )
    return f'<p class="value">{html.escape(value)}</p>{beside}'


def _table(read: Read) -> str:
    chart = read.chart
    numbers = {column for column in read.columns if isinstance(_first(read, column), int | float | Decimal)}
    head = "".join(
        f"<th{' class=right' if column in numbers else ''}>{html.escape(chart.label(column))}</th>"
        for column in read.columns
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=right' if column in numbers else ''}>{html.escape(_cell(row[column], column, chart))}</td>"
            for column in read.columns
        )
        + "</tr>"
        for row in read.rows
    )
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _first(read: Read, column: str) -> Any:
    return next((row[column] for row in read.rows if row[column] is not None), None)


def _cell(value: object, column: str, chart: Chart) -> str:
    """In a table the format is that of the columns of `y`; other numbers are shown as they are."""
    if column not in chart.y and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{value:,}"
    return _shown(value, chart)


def _shown(value: object, chart: Chart) -> str:
    """A value as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return f"{chart.unit}{value:{chart.format}}"


def _id(dashboard: Dashboard, chart: Chart) -> str:
    return f"{dashboard.name}-{chart.name}"
