"""Which day `kura run` covers."""

import datetime

import pytest

from extract.errors import Terminal
from orchestration import windows

TOKYO = "Asia/Tokyo"


def test_by_default_it_is_the_last_day_that_has_ended_in_the_platforms_time_zone() -> None:
    for timezone in (TOKYO, "America/Los_Angeles"):
        window = windows.chosen(None, timezone)
        now = datetime.datetime.now(datetime.UTC)
        assert window.end <= now < window.end + datetime.timedelta(days=1, hours=1)


def test_a_chosen_day_runs_from_midnight_to_midnight_of_the_time_zone() -> None:
    window = windows.chosen("2026-02-03", TOKYO)
    assert window.start == datetime.datetime(2026, 2, 2, 15, tzinfo=datetime.UTC)
    assert window.end == datetime.datetime(2026, 2, 3, 15, tzinfo=datetime.UTC)
    assert window.partition_id == "20260203"


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026-02-30", "20260203", "2026-W05-2", ""])
def test_what_is_not_a_date_is_refused(date: str) -> None:
    with pytest.raises(Terminal, match="is not a date; write it as YYYY-MM-DD"):
        windows.chosen(date, TOKYO)


def test_a_day_that_has_not_ended_is_refused() -> None:
    today = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    with pytest.raises(Terminal, match="in the future"):
        windows.chosen(today.isoformat(), TOKYO)


def test_a_day_before_the_first_partition_is_refused() -> None:
    with pytest.raises(Terminal, match="before the first day, 2026-01-01"):
        windows.chosen("2025-12-31", TOKYO)
