import datetime
import itertools

import pytest

from extract.errors import Terminal
from extract.window import Window, for_date, last_closed


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def hours(window: Window) -> float:
    return (window.end - window.start) / datetime.timedelta(hours=1)


def test_a_window_spans_one_day_of_the_time_zone() -> None:
    window = for_date(datetime.date(2026, 11, 21), "Asia/Tokyo")
    assert (window.start, window.end) == (utc("2026-11-20T15:00"), utc("2026-11-21T15:00"))
    assert window.partition_id == "20261121"


@pytest.mark.parametrize(
    ("day", "end"),
    [("2026-01-31", "2026-02-01"), ("2028-02-29", "2028-03-01"), ("2026-12-31", "2027-01-01")],
)
def test_a_window_ends_with_the_next_day_across_months_and_years(day: str, end: str) -> None:
    assert for_date(datetime.date.fromisoformat(day), "UTC").end == utc(end)


@pytest.mark.parametrize(("day", "length"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
def test_a_window_is_as_long_as_its_day_when_the_clocks_change(day: str, length: int) -> None:
    assert hours(for_date(datetime.date.fromisoformat(day), "America/New_York")) == length


def test_a_midnight_that_the_clocks_skip_is_the_instant_of_the_change() -> None:
    # In Beirut, 2026-03-29 began at 01:00: the clocks went from 23:59:59 to that.
    before = for_date(datetime.date(2026, 3, 28), "Asia/Beirut")
    window = for_date(datetime.date(2026, 3, 29), "Asia/Beirut")
    assert window.start == before.end == utc("2026-03-28T22:00")
    assert hours(window) == 23


def test_of_a_midnight_that_comes_twice_the_first_begins_the_day() -> None:
    # In Havana the clocks went from 01:00 back to 00:00 on 2025-11-02.
    window = for_date(datetime.date(2025, 11, 2), "America/Havana")
    assert window.start == utc("2025-11-02T04:00")
    assert hours(window) == 25


def test_consecutive_windows_leave_no_gap_and_do_not_overlap() -> None:
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(days=number) for number in range(366)]
    for zone in ("Asia/Tokyo", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe"):
        windows = [for_date(day, zone) for day in days]
        assert all(one.end == following.start for one, following in itertools.pairwise(windows))


def test_a_day_that_the_calendar_left_out_is_terminal() -> None:
    with pytest.raises(Terminal, match=r"no 2011-12-30 in Pacific/Apia"):
        for_date(datetime.date(2011, 12, 30), "Pacific/Apia")


def test_the_last_closed_window_is_yesterday_in_the_time_zone() -> None:
    assert last_closed(utc("2026-11-21T14:59:59"), "Asia/Tokyo").date == datetime.date(2026, 11, 20)
    assert last_closed(utc("2026-11-21T15:00:00"), "Asia/Tokyo").date == datetime.date(2026, 11, 21)


def test_the_last_closed_window_passes_over_a_day_that_was_left_out() -> None:
    assert last_closed(utc("2011-12-30T12:00"), "Pacific/Apia").date == datetime.date(2011, 12, 29)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_terminal(zone: str) -> None:
    with pytest.raises(Terminal, match="unknown time zone"):
        for_date(datetime.date(2026, 1, 1), zone)


def test_a_window_that_has_not_ended_is_in_the_future() -> None:
    window = for_date(datetime.date(2026, 11, 21), "Asia/Tokyo")
    with pytest.raises(Terminal, match="2026-11-21 is in the future"):
        window.require_closed(utc("2026-11-21T14:59:59"))
    window.require_closed(utc("2026-11-21T15:00:00"))


def test_a_window_needs_a_time_zone_and_a_length() -> None:
    start = utc("2026-11-21T00:00")
    with pytest.raises(ValueError, match="time zone"):
        Window(start.replace(tzinfo=None), start, start.date())
    with pytest.raises(ValueError, match="starts before it ends"):
        Window(start, start, start.date())
