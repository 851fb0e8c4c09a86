"""The planning spreadsheet, with what people leave in spreadsheets."""

from datetime import timedelta

from sandbox.koe.history import History
from sandbox.koe.planning import PLANNED_DAYS_AHEAD, SERIAL_EPOCH, TARGETS
from sandbox.koe.records import Records


def test_every_metric_has_one_target_for_each_day_and_for_days_to_come(records: Records, history: History) -> None:
    header, *rows = records.cells("kpi_targets")
    assert header == ["Date", "Metric", "Target", "Note"]
    days = {*history.dates, *(history.end_date + timedelta(days=ahead + 1) for ahead in range(PLANNED_DAYS_AHEAD))}
    serials = {(day - SERIAL_EPOCH).days for day in days}
    assert sorted((row[0], row[1]) for row in rows) == sorted((day, metric) for day in serials for metric in TARGETS)


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


def test_no_row_ends_in_an_empty_cell(records: Records) -> None:
    rows = [*records.cells("kpi_targets"), *records.cells("campaign_costs")]
    assert all(not row or row[-1] is not None for row in rows)
    assert any(None in row for row in rows)
