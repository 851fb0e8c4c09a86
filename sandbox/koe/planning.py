"""The planning spreadsheet: targets and costs, kept by hand, with what people leave in spreadsheets."""

from datetime import date, timedelta
from typing import Any

from sandbox.koe.chance import stream
from sandbox.koe.currencies import published
from sandbox.koe.history import USUAL_DAYS, History
from sandbox.names import LOADER

SPREADSHEET_ID = "koe-planning"
SERIAL_EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets' date numbers: 43831 is 2020-01-01."""
TARGETS = {
    "active_users": 900,
    "monthly_active_users": 2_400,
    "characters_spoken": 60_000,
    "signups": 24,
    "subscribers": 340,
    "new_subscribers": 4,
    "retained_subscribers": 336,
    "churned_subscribers": 1,
    "resurrected_subscribers": 1,
    "mrr": 900_000,
}
"""A day's target at scale 1, at the beginning of the history."""
RATIO_TARGETS = {"arpu": 2_700, "conversion_rate": 0.12, "cost_per_acquisition": 25_000}
"""A day's target at every scale, on every day."""
PLANNED_DAYS_AHEAD = 30
GROWTH_A_DAY = 0.006
"""In a history of the usual length; a longer one grows as much in all."""
CAMPAIGNS = (
    ("秋のキャンペーン", "検索広告"), ("学生応援", "SNS"), ("Podcast スポンサー", "podcast"), ("年末セール", "メール"),
    ("声優コラボ", "動画広告"), ("ブランド、認知", "屋外広告"),
)  # fmt: skip

Cell = str | int | float | bool | None


def spreadsheet(seed: int, scale: float, history: History) -> dict[str, Any]:
    """The whole spreadsheet. Rows are ragged: trailing empty cells are not there, as the Sheets API returns them."""
    return {
        "spreadsheetId": SPREADSHEET_ID,
        "title": "planning",
        "locale": "ja_JP",
        "timeZone": "Asia/Tokyo",
        "sharedWith": [LOADER],
        "sheets": [
            {"title": "kpi_targets", "values": _kpi_targets(scale, history), "dateColumns": [0]},
            {"title": "campaign_costs", "values": _campaign_costs(seed, history), "dateColumns": [0]},
            {"title": "exchange_rates", "values": _exchange_rates(seed, history), "dateColumns": [0]},
        ],
    }


def _kpi_targets(scale: float, history: History) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["Date", "Metric", "Target", "Note"]]
    days = [*history.dates, *(history.end_date + timedelta(days=ahead + 1) for ahead in range(PLANNED_DAYS_AHEAD))]
    for number, day in enumerate(days):
        growth = (1 + GROWTH_A_DAY) ** (number * USUAL_DAYS / history.days)
        for metric, base in (TARGETS | RATIO_TARGETS).items():
            target: Cell = base if metric in RATIO_TARGETS else max(1, round(base * scale * growth))
            note = None
            if number == 3 and metric == "churned_subscribers":
                target, note = None, "未定"
            elif number == 10 and metric == "new_subscribers":
                target = round(base * scale * growth, 1) + 0.5
            elif number == 5 and metric == "churned_subscribers":
                target = 0
            elif number % 30 == 0 and metric == "mrr":
                note = "月初に見直し"
            rows.append(_trimmed([_serial(day), metric, target, note]))
    return rows


def _campaign_costs(seed: int, history: History) -> list[list[Cell]]:
    chance = stream(seed, "campaign costs")
    rows: list[list[Cell]] = [["Date", "Campaign", "Channel", "Cost (JPY)", "Code", "Memo"]]
    for number, day in enumerate(history.dates[::2]):
        index = number % len(CAMPAIGNS)
        campaign, channel = CAMPAIGNS[index]
        code = f"{index * 7:03d}"
        cost: Cell = chance.randrange(5, 400) * 1_000
        memo: Cell = chance.choice((None, None, None, "請求書待ち", "予算外", "7日分\nまとめて"))
        if number == 4:
            cost = "#REF!"
        elif number == 9:
            cost = None
        rows.append(_trimmed([_serial(day), campaign, channel if number != 13 else None, cost, code, memo]))
        if number == 18:
            rows.append([])
    return rows


def _exchange_rates(seed: int, history: History) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["Date", "Currency", "JPY per unit"]]
    for rate in published(seed, history):
        rows.append([_serial(rate.day), rate.currency, float(rate.jpy_per_unit)])
    return rows


def _serial(day: date) -> int:
    return (day - SERIAL_EPOCH).days


def _trimmed(row: list[Cell]) -> list[Cell]:
    while row and row[-1] is None:
        row.pop()
    return row
