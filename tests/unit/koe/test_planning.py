"""The planning spreadsheet, with what people leave in spreadsheets."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from sandbox.koe.history import TIMEZONE, History, utc
from sandbox.koe.planning import PLANNED_DAYS_AHEAD, RATIO_TARGETS, SERIAL_EPOCH, TARGETS
from sandbox.koe.records import Records


def test_every_metric_has_one_target_for_each_day_and_for_days_to_come(records: Records, history: History) -> None:
    header, *rows = records.cells("kpi_targets")
    assert header == ["Date", "Metric", "Target", "Note"]
    days = {*history.dates, *(history.end_date + timedelta(days=ahead + 1) for ahead in range(PLANNED_DAYS_AHEAD))}
    serials = {(day - SERIAL_EPOCH).days for day in days}
    metrics = (*TARGETS, *RATIO_TARGETS)
    assert sorted((row[0], row[1]) for row in rows) == sorted((day, metric) for day in serials for metric in metrics)


def test_targets_are_missing_zero_and_with_a_fraction_somewhere(records: Records) -> None:
    _, *rows = records.cells("kpi_targets")
    targets = [row[2] if len(row) > 2 else None for row in rows]
    assert None in targets
    assert 0 in targets
    assert any(isinstance(target, float) for target in targets)


def test_serial_dates_count_as_spreadsheets_do(records: Records, history: History) -> None:
    _, first, *_ = records.cells("kpi_targets")
    assert SERIAL_EPOCH + timedelta(days=int(str(first[0]))) == history.dates[0]
    assert (history.end_date - SERIAL_EPOCH).days == 46347


def test_costs_hold_an_error_blanks_an_empty_row_and_codes_with_leading_zeros(records: Records) -> None:
    header, *rows = records.cells("campaign_costs")
    assert header == ["Date", "Campaign", "Channel", "Cost (JPY)", "Code", "Memo"]
    filled = [row for row in rows if row]
    assert len(filled) == len(rows) - 1
    costs = [row[3] for row in filled]
    assert costs.count("#REF!") == 1
    assert costs.count(None) == 1
    assert {row[4] for row in filled} >= {"000", "007", "035"}
    assert {len(row) for row in filled} == {5, 6}, "trailing empty cells are left out"


def test_rates_are_published_on_working_days_from_a_week_before_the_launch_to_the_end(
    records: Records, history: History
) -> None:
    header, *rows = records.cells("exchange_rates")
    assert header == ["Date", "Currency", "JPY per unit"]
    days = {SERIAL_EPOCH + timedelta(days=int(str(serial))) for serial, _, _ in rows}
    assert len(rows) == 2 * len(days)
    assert {currency for _, currency, _ in rows} == {"usd", "eur"}
    assert {day.weekday() for day in days} == set(range(5))
    launched = utc(history.launch * 1000).astimezone(TIMEZONE).date()
    assert min(days) <= launched - timedelta(days=7)
    assert history.end_date - timedelta(days=2) <= max(days) <= history.end_date
    assert all(later - earlier <= timedelta(days=3) for earlier, later in pairwise(sorted(days)))
    for currency, low, high in (("usd", 135, 165), ("eur", 150, 180)):
        rates = [Decimal(str(rate)) for _, name, rate in rows if name == currency]
        assert all(low < rate < high and rate == round(rate, 2) for rate in rates)
        assert len(set(rates)) > len(rates) / 2


def test_no_row_ends_in_an_empty_cell(records: Records) -> None:
    rows = [*records.cells("kpi_targets"), *records.cells("campaign_costs")]
    assert all(not row or row[-1] is not None for row in rows)
    assert any(None in row for row in rows)
