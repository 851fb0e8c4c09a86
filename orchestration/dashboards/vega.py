"""A chart as a Vega-Lite specification. https://vega.github.io/vega-lite/docs/"""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from orchestration.dashboards.definition import Chart, Kind
from orchestration.dashboards.reading import Read

COLORS: Final = ("#2a6f97", "#e07a5f", "#3d9970", "#8d6cab", "#c9a227", "#7d8597")
INK: Final = "#22313f"
MUTED: Final = "#6b7785"
HEIGHTS: Final = {Kind.LINE: 240, Kind.BAR: 240, Kind.STACKED_BAR: 240, Kind.HEATMAP: 280}

CONFIG: Final[dict[str, Any]] = {
    "font": "system-ui, sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "gridColor": "#e6eaee",
        "domainColor": "#c6ced6",
        "tickColor": "#c6ced6",
        "labelFontSize": 11,
    },
    "legend": {"orient": "top", "title": None, "labelColor": INK, "symbolType": "circle"},
}


def specification(read: Read) -> dict[str, Any]:
    """The specification with its data, for every kind but numbers and tables."""
    chart = read.chart
    days = _are_days(read, chart.x)
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": "container",
        "height": HEIGHTS[chart.kind],
        "autosize": {"type": "fit", "contains": "padding"},
        "config": CONFIG,
        "data": {"values": list(_values(read))},
    }
    x = _across(chart, days)
    if chart.kind is Kind.HEATMAP:
        return spec | _heatmap(chart, x)
    y = {"field": "value", "type": "quantitative", "title": None, "axis": _axis(chart)}
    color = _color(read)
    encoding: dict[str, Any] = {"x": x, "y": y, "color": color, "tooltip": _tooltip(chart, days)}
    if chart.kind is Kind.LINE:
        return spec | {
            "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 14, "filled": True}},
            "encoding": encoding,
        }
    if days:
        # A bar is as wide as its day.
        encoding["x"] = {**x, "timeUnit": "utcyearmonthdate", "bandPosition": 0}
    if chart.kind is Kind.BAR:
        y["stack"] = None
        if _is_grouped(chart):
            encoding["xOffset"] = {"field": "series"}
    return spec | {"mark": {"type": "bar"}, "encoding": encoding}


def _across(chart: Chart, days: bool) -> dict[str, Any]:
    """The horizontal channel. Days are instants of UTC to Vega: in any other zone they would be the day before."""
    x: dict[str, Any] = {"field": "x"}
    if days:
        axis: dict[str, Any] = {"format": "%-d %b", "labelOverlap": True, "grid": False, "tickCount": 8}
        return x | {"type": "temporal", "scale": {"type": "utc"}, "title": None, "axis": axis}
    axis = {"labelAngle": 0, "labelOverlap": True, "labelLimit": 120}
    # Words keep the order of the query; numbers have one of their own.
    sort = "ascending" if chart.kind is Kind.HEATMAP else None
    return x | {"type": "ordinal", "sort": sort, "title": chart.label(chart.x), "axis": axis}


def _heatmap(chart: Chart, x: dict[str, Any]) -> dict[str, Any]:
    value = {"field": "value", "type": "quantitative", "format": chart.format, "title": chart.label(chart.y[0])}
    series = {"field": "series", "type": "ordinal", "sort": None, "title": chart.label(chart.series)}
    tooltip = [{"field": "series", "title": chart.label(chart.series)}, {"field": "x", "title": chart.label(chart.x)}]
    return {
        "mark": {"type": "rect", "stroke": "white"},
        "encoding": {
            "x": x,
            "y": series,
            "color": {
                **value,
                "scale": {"scheme": "blues"},
                "legend": {"orient": "right", "format": chart.format, "title": None},
            },
            "tooltip": [*tooltip, value],
        },
    }


def _is_grouped(chart: Chart) -> bool:
    return bool(chart.series) or len(chart.y) > 1


def _color(read: Read) -> dict[str, Any]:
    chart = read.chart
    if not _is_grouped(chart):
        return {"value": COLORS[0]}
    names = [chart.label(column) for column in chart.y]
    if chart.series:
        names = list(dict.fromkeys(_text(row[chart.series]) for row in read.rows))
    domain = {"domain": names, "range": [COLORS[index % len(COLORS)] for index in range(len(names))]}
    return {"field": "series", "type": "nominal", "scale": domain, "sort": None}


def _axis(chart: Chart) -> dict[str, Any]:
    axis: dict[str, Any] = {"format": chart.format, "tickCount": 5, "domain": False, "ticks": False}
    if chart.format.endswith(".0f"):
        axis["tickMinStep"] = 1
    if chart.unit:
        axis["labelExpr"] = f"'{chart.unit}' + datum.label"
    return axis


def _tooltip(chart: Chart, days: bool) -> list[dict[str, Any]]:
    when: dict[str, Any] = {"field": "x", "title": chart.label(chart.x)}
    if days:
        when |= {"type": "temporal", "timeUnit": "utcyearmonthdate", "format": "%Y-%m-%d"}
    several = len(chart.y) > 1
    value = {"field": "value", "type": "quantitative", "format": chart.format}
    value["title"] = "Value" if several else chart.label(chart.y[0])
    if not _is_grouped(chart):
        return [when, value]
    return [when, {"field": "series", "title": "Figure" if several else chart.label(chart.series)}, value]


def _values(read: Read) -> Iterator[dict[str, Any]]:
    """Long rows: a row for each value drawn."""
    chart = read.chart
    for row in read.rows:
        for column in chart.y:
            series = _text(row[chart.series]) if chart.series else chart.label(column)
            yield {"x": _plain(row[chart.x]), "series": series, "value": _plain(row[column])}


def _are_days(read: Read, column: str) -> bool:
    return all(isinstance(row[column], datetime.date) for row in read.rows)


def _text(value: object) -> str:
    return "none" if value is None else str(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it; a NUMERIC becomes the nearest double, which is what a screen can show."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
