"""Reading one partition, and the list of partitions, by REST. Gap: local_bigquery has neither.

`tabledata.list` takes `table$20261121`, as the result of a query into a partition does. `tables.get` and
`tabledata.list` of `table$__PARTITIONS_SUMMARY__` are what google-cloud-bigquery's list_partitions asks for.
"""

import json

from local_bigquery.catalog import names, tabledata, tables
from local_bigquery.engine import database, results
from local_bigquery.errors import not_found
from local_bigquery.models import Table, TableFieldSchema

from sandbox.bigquery import decorators, ingestion_time
from sandbox.bigquery.patching import replace

SUMMARY = "$__PARTITIONS_SUMMARY__"
SUMMARY_FIELDS = ("project_id", "dataset_id", "table_id", "partition_id")
_list_rows, _get = tabledata.list_rows, tables.get


def get(
    project_id: str, dataset_id: str, table_id: str, selected_fields: str | None = None, view: str | None = None
) -> Table:
    """tables.get; of a partition it is the table's resource."""
    if not table_id.endswith(SUMMARY):
        return _get(project_id, dataset_id, decorators.split(table_id)[0], selected_fields, view)
    resource = _get(project_id, dataset_id, table_id.removesuffix(SUMMARY))
    reference = {"projectId": project_id, "datasetId": dataset_id, "tableId": table_id}
    fields = [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name in SUMMARY_FIELDS]
    return Table.model_validate(
        {"kind": "bigquery#table", "id": names.label(*reference.values()), "etag": resource.etag, "type": "TABLE"}
        | {"tableReference": reference, "schema": {"fields": fields}}
    )


def list_rows(
    project_id: str,
    dataset_id: str,
    table_id: str,
    max_results: int | None,
    start: int,
    selected_fields: str | None,
    int64_timestamps: bool,
) -> tuple[results.Page, list[TableFieldSchema]]:
    if table_id.endswith(SUMMARY):
        table = tables.load(project_id, dataset_id, table_id.removesuffix(SUMMARY))
        resource = get(project_id, dataset_id, table_id)
        return _summary(table, selected_fields), _chosen(tables.fields(resource), selected_fields)
    base, partition_id = decorators.split(table_id)
    if partition_id is None:
        return _list_rows(project_id, dataset_id, table_id, max_results, start, selected_fields, int64_timestamps)
    reference = (project_id, dataset_id, base)
    if not tables.exists(*reference):
        raise not_found("Table", names.label(*reference))
    resource = tables.load(*reference)
    visible = _chosen(tables.columns(*reference), selected_fields)
    relation = decorators.rows((*reference[:2], table_id), resource, tables.fields(resource))
    relation = relation.replace("SELECT *", "SELECT rowid, *", 1)
    columns = [field.name.casefold() for field in visible]
    with database.cursor() as cursor:
        page = results.page(cursor, relation, max_results, start, columns, int64_timestamps)
    return page, visible


def _chosen(fields: list[TableFieldSchema], selected: str | None) -> list[TableFieldSchema]:
    chosen = {name.strip().casefold() for name in selected.split(",")} if selected else None
    return [field for field in fields if chosen is None or field.name.casefold() in chosen]


def _summary(table: Table, selected: str | None) -> results.Page:
    reference = tables.reference(table.tableReference)
    fields = _chosen([TableFieldSchema(name=name) for name in SUMMARY_FIELDS], selected)
    rows = []
    for partition_id, _ in ingestion_time.partition_rows(table):
        values = dict(zip(SUMMARY_FIELDS, (*reference, partition_id), strict=True))
        rows.append(json.dumps({"f": [{"v": values[field.name]} for field in fields]}))
    return results.Page(rows, len(rows), None)


def install() -> None:
    replace(tabledata, "list_rows", list_rows)
    replace(tables, "get", get)
