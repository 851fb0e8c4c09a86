"""What Dagster loads. Nothing is read before Dagster asks for the definitions: importing this module does no I/O."""

import dagster as dg


@dg.definitions
def definitions() -> dg.Definitions:
    """Everything of the platform, from the environment's settings, the contracts and dbt's manifest."""
    from extract import contract_file
    from orchestration import environment as settings
    from orchestration import execution, manifest, output, partitions
    from orchestration.defs import alerts, checks, dbt, freshness, publish, punctuality, schedules, sources

    output.quiet()
    environment = settings.load()
    tables = contract_file.read(manifest.MODELS)
    project = manifest.load()
    daily = partitions.daily(environment.timezone)
    return dg.Definitions.merge(
        dg.Definitions(
            assets=[
                *sources.build(environment, tables, daily),
                dbt.build(environment, project, daily),
                publish.build(environment, project, daily),
            ],
            asset_checks=[checks.of_models(environment, project)],
            sensors=[*alerts.build(environment), freshness.build(environment, tables), punctuality.build(environment)],
            executor=execution.EXECUTOR,
        ),
        schedules.build(environment),
    )
