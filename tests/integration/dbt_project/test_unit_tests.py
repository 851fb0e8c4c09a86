"""dbt's unit tests: what each model makes of rows that are hard to get right."""

import datetime
import json

from tests.integration.dbt_project.warehouse import DBT, Warehouse

DAY = datetime.date(2026, 11, 21)


def test_every_unit_test_of_the_project_passes(warehouse: Warehouse) -> None:
    # They take the types of their columns from the tables that their model reads: here, all are empty.
    statuses = warehouse.dbt("run", day=DAY)
    assert set(statuses.values()) == {"success"}, statuses
    statuses = warehouse.dbt("test", "--select", "test_type:unit", day=DAY)
    assert {name: status for name, status in statuses.items() if status != "pass"} == {}
    assert statuses


def test_every_dimension_and_fact_and_what_they_are_made_of_has_a_unit_test() -> None:
    files = DBT.rglob("*__unit_tests.yml")
    tested = {line.removeprefix("    model: ").strip() for file in files for line in file.read_text().splitlines()}
    folders = [
        DBT / "models" / folder
        for folder in (
            "intermediate",
            "marts/core",
            "marts/finance",
            "marts/growth",
            "marts/kpi",
            "marts/product",
            "marts/wide",
        )
    ]
    models = {path.stem for folder in folders for path in folder.glob("*.sql")}
    assert models - tested <= {"dim_products"}, json.dumps(sorted(models - tested))
