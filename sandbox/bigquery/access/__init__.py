"""Who may do what: authentication, dataset access lists, column-level access, jobs and results by owner.

Gap: local_bigquery lets everybody do everything. To be deleted when upstream has it.
"""

from pathlib import Path


def install(access_file: Path) -> None:
    """Puts all checks in place. Raises ValueError when the access file is not as it should be."""
    from local_bigquery import app

    from sandbox.bigquery.access import (
        data_policies,
        identity,
        information_schema,
        jobs,
        masked_exports,
        masking,
        rechecks,
        renames,
        rest,
        statements,
    )

    identity.load(access_file)
    masking.install()
    masked_exports.install()
    data_policies.install(app)
    statements.install()
    jobs.install()
    rechecks.install()
    rest.install()
    renames.install()
    information_schema.install()
    app.add_middleware(rest.Authorization)
    identity.install(app)
