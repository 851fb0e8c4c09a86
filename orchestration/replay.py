"""`kura replay`: load what has landed of a table again, day by day.

Only the raw partitions are replaced: staging holds one window of all tables, so what follows is built by running a day.
"""

import datetime

from extract import contract_file
from extract.contract import Table
from extract.errors import Terminal
from orchestration import environment as settings
from orchestration import forkserver, instance, lifeline, manifest, output, windows


def replay(name: str, date: str, to: str | None) -> int:
    """Replay a table, such as `aurora.users`, for one day or up to another. Returns the exit code.

    Terminal when the replay can't start: settings, table, days, or a run in progress are against it.
    """
    environment = settings.load()
    tables = contract_file.read(manifest.MODELS)
    table = _table(name, tables)
    first, last = (windows.chosen(day, environment.timezone) for day in (date, to or date))
    if last.date < first.date:
        raise Terminal(f"--to {last.date} is before --date {first.date}; give the earlier day first")
    days = [first.date + datetime.timedelta(days=number) for number in range((last.date - first.date).days + 1)]
    home = environment.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    with lifeline.only_run(home), output.kept_clean(home / "kura-run.log") as stdout:
        forkserver.start()
        from orchestration import daily

        for day in days:
            window = windows.chosen(day.isoformat(), environment.timezone)
            select = f'key:"{table.dataset}/{table.name}"'
            if code := daily.run(environment, window, (), select, stdout, {instance.REPLAY: "true"}):
                return code
    return 0


def _table(name: str, tables: tuple[Table, ...]) -> Table:
    plain = name.removeprefix("raw_").replace("/", ".")
    for table in tables:
        if str(table) == plain:
            return table
    raise Terminal(f"unknown table {name!r}; the contracts have {', '.join(sorted(map(str, tables)))}")
