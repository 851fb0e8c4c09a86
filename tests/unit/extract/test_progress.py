from extract.progress import Progress, size


def test_progress_is_told_every_ten_seconds_with_the_rate_since_it_was_told_last() -> None:
    now, lines = [0.0], list[str]()
    progress = Progress("aurora.users", lines.append, 300, lambda: now[0])
    for _ in range(30):
        now[0] += 1
        progress.add(bytes=45_000_000)
        if now[0] > 5:
            progress.add(files=2, rows=1_000)
    assert lines == [
        "aurora.users: 8 of 300 files, 4,000 rows, 450.0 MB, 45.0 MB/s",
        "aurora.users: 28 of 300 files, 14,000 rows, 900.0 MB, 45.0 MB/s",
        "aurora.users: 48 of 300 files, 24,000 rows, 1.4 GB, 45.0 MB/s",
    ]


def test_where_there_are_only_rows_their_rate_is_told() -> None:
    now, lines = [0.0], list[str]()
    progress = Progress("stripe.customers", lines.append, clock=lambda: now[0])
    for _ in range(4):
        now[0] += 5
        progress.add(rows=600)
    assert lines == ["stripe.customers: 1,200 rows, 120 rows/s", "stripe.customers: 2,400 rows, 120 rows/s"]


def test_what_is_quick_is_not_told() -> None:
    lines: list[str] = []
    Progress("aurora.users", lines.append, clock=lambda: 0.0).add(rows=9)
    assert lines == []


def test_a_size_has_the_unit_that_suits_it() -> None:
    assert [size(number) for number in (0, 999, 1000, 2_500_000, 7e9, 8e12)] == [
        *("0 B", "999 B", "1.0 kB", "2.5 MB", "7.0 GB", "8.0 TB")
    ]
