"""A chart as a question of Metabase, and a dashboard as the places of its questions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from orchestration.dashboards.definition import Chart, Dashboard, Kind
from orchestration.dashboards.metabase import Entity

COLUMNS: Final = 24
"""Metabase's grid has so many columns, ours has twelve. https://www.metabase.com/docs/latest/dashboards/introduction"""
DISPLAYS: Final = {
    Kind.NUMBER: "scalar",
    Kind.LINE: "line",
    Kind.BAR: "bar",
    Kind.STACKED_BAR: "bar",
    Kind.HEATMAP: "table",  # Metabase has no heat map
    Kind.TABLE: "table",
}
ROWS: Final = {Kind.NUMBER: 3, Kind.LINE: 6, Kind.BAR: 6, Kind.STACKED_BAR: 6, Kind.HEATMAP: 8, Kind.TABLE: 7}
HEADING_ROWS: Final = 2


def card_content(chart: Chart, sql: str, database: int) -> Entity:
    """What `POST /api/card` takes, without description and collection."""
    return {
        "name": chart.title,
        "display": DISPLAYS[chart.kind],
        "dataset_query": {"type": "native", "database": database, "native": {"query": sql, "template-tags": {}}},
        "visualization_settings": _settings(chart),
    }


def dashcards(dashboard: Dashboard, cards: Mapping[str, int], there: Sequence[Entity]) -> list[Entity]:
    """All that is on a dashboard: its description, then the charts from left to right. Cards keep their place's id."""
    known = {card.get("card_id"): card["id"] for card in there if card.get("card_id")}
    headings = [card["id"] for card in there if not card.get("card_id")]
    found = [_heading(dashboard, headings[0] if headings else -1)]
    row, col, height = HEADING_ROWS, 0, 0
    for number, chart in enumerate(dashboard.charts, start=2):
        width = chart.width * COLUMNS // 12
        if col + width > COLUMNS:
            row, col, height = row + height, 0, 0
        card = cards[chart.name]
        found.append(
            {
                "id": known.get(card, -number),
                "card_id": card,
                "row": row,
                "col": col,
                "size_x": width,
                "size_y": ROWS[chart.kind],
                "parameter_mappings": [],
                "visualization_settings": {},
            }
        )
        col, height = col + width, max(height, ROWS[chart.kind])
    return found


def _heading(dashboard: Dashboard, identifier: int) -> Entity:
    text = {
        "virtual_card": {
            "name": None,
            "display": "text",
            "visualization_settings": {},
            "dataset_query": {},
            "archived": False,
        },
        "text": dashboard.description,
    }
    place = {"row": 0, "col": 0, "size_x": COLUMNS, "size_y": HEADING_ROWS}
    return {"id": identifier, "card_id": None, **place, "parameter_mappings": [], "visualization_settings": text}


def _settings(chart: Chart) -> dict[str, Any]:
    columns = {f'["name","{column}"]': _column(chart, column) for column in chart.y}
    match chart.kind:
        case Kind.NUMBER:
            return {"scalar.field": chart.y[0], "column_settings": columns}
        case Kind.LINE | Kind.BAR | Kind.STACKED_BAR:
            settings: dict[str, Any] = {
                "graph.dimensions": [chart.x, *([chart.series] if chart.series else [])],
                "graph.metrics": list(chart.y),
                "graph.x_axis.title_text": "",
                "graph.y_axis.title_text": "",
                "column_settings": columns,
                "series_settings": {column: {"title": chart.label(column)} for column in chart.y},
            }
            if chart.kind is Kind.STACKED_BAR:
                settings["stackable.stack_type"] = "stacked"
            return settings
        case _:
            return {"column_settings": columns}


def _column(chart: Chart, column: str) -> dict[str, Any]:
    digits = int(chart.format[-2])
    style = {"number_style": "percent"} if chart.format.endswith("%") else {"number_style": "decimal"}
    return {**style, "decimals": digits, "prefix": chart.unit, "column_title": chart.label(column)}
