"""`kura run`: what can be said at once, before the imports that take seconds."""

from extract import contract_file
from orchestration import environment as settings
from orchestration import forkserver, lifeline, manifest, output, windows


def run(date: str | None, select: str | None) -> int:
    """Run the job `daily` for one day, by default the last that has ended. Returns the exit code.

    Terminal when the run can't start: settings, date, contracts, selection, a service or another run is against it.
    """
    environment = settings.load()
    window = windows.chosen(date, environment.timezone)
    tables = contract_file.read(manifest.MODELS)
    home = environment.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    with lifeline.only_run(home), output.kept_clean(home / "kura-run.log") as stdout:
        forkserver.start()
        from orchestration import daily

        return daily.run(environment, window, tables, select, stdout)
