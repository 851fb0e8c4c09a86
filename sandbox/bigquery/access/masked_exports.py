"""Extract jobs of masked readers. Gap: local_bigquery writes the table as it is.

"Introduction to data masking", "Compatibility": what a masked reader exports is masked.
"""

from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.jobs import extract, runner
from local_bigquery.models import JobConfigurationExtract, JobStatistics4
from local_bigquery.sql.translate import Context, translate

from sandbox.bigquery.access import policy_tags, statements
from sandbox.bigquery.access.jobs import selected


def install() -> None:
    run_any = runner.HANDLERS["extract"]

    def run(cursor: Any, config: JobConfigurationExtract, upload: str | None) -> JobStatistics4:
        if not policy_tags.masks_some():
            return run_any(cursor, config, upload)
        project, dataset, _ = reference = tables.reference(config.sourceTable)
        tables.load(*reference)
        tree, context = selected(reference), Context(project, dataset)
        statements.permit(tree, context)  # notes what is to be masked
        sql, parameters = statements.unchecked(translate)(tree, context)
        extract.write(cursor, sql, parameters, config)
        return JobStatistics4(destinationUriFileCounts=["1" for _ in extract._uris(config)], inputBytes="0")

    runner.HANDLERS["extract"] = run
