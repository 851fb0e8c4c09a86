"""tables.patch and tables.update of a schema. Gap: local_bigquery adds top-level columns only, lets a type change pass
unseen, and forgets policy tags that a request does not mention.

As in BigQuery: a field sent without `policyTags` keeps its tags (google-cloud-bigquery leaves the key out unless it is
set, for that reason), an empty list of names removes them; columns are added, never removed, REQUIRED is only relaxed.
"""

from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database, types
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError
from local_bigquery.models import Table, TableFieldSchema

from sandbox.bigquery import ingestion_time, writes
from sandbox.bigquery.patching import replace

Fields = list[TableFieldSchema]
Reference = tuple[str, str, str]
_upstream = tables.update


def _by_name(fields: Fields | None) -> dict[str, TableFieldSchema]:
    return {(field.name or "").casefold(): field for field in fields or []}


def tagged(given: Fields, current: Fields) -> Fields:
    """The given fields with the tags that stay: those of fields whose tags the request does not mention."""
    known, result = _by_name(current), []
    for field in given:
        old = known.get((field.name or "").casefold())
        changes: dict[str, object] = {}
        if field.fields:
            changes["fields"] = [child.dump() for child in tagged(field.fields, (old and old.fields) or [])]
        if "policyTags" not in field.model_fields_set and old and old.policyTags:
            changes["policyTags"] = old.policyTags.dump()
        field = field.replace(**changes)
        if field.policyTags and not field.policyTags.names:
            field = field.without("policyTags")
        result.append(field)
    return result


def _refused(reference: Reference, problem: str) -> BigQueryError:
    label = names.label(*reference)
    return BigQueryError("invalid", f"Provided Schema does not match Table {label}. {problem}")


def _kind(field: TableFieldSchema) -> str:
    plain = field.replace(mode="NULLABLE", fields=None)
    return "RECORD" if field.type in ("RECORD", "STRUCT") else str(types.duckdb_type(plain))


def changes(reference: Reference, current: Fields, given: Fields, path: tuple[str, ...] = ()) -> list[str]:
    """The statements that bring the table from its current columns to the given ones. Raises when it cannot be."""
    table, known, statements = tables.name(*reference), _by_name(current), []
    if removed := [field.name for key, field in known.items() if key not in _by_name(given)]:
        raise _refused(reference, f"Field {'.'.join((*_named(path), removed[0]))} is missing in new schema")
    for field in given:
        old, column = known.get((field.name or "").casefold()), (*path, field.name)
        name = ".".join(_named(column))
        if old is None:
            if field.mode == "REQUIRED":
                raise _refused(reference, f"Cannot add required fields to an existing schema. (field: {name})")
            statements.append(f"ALTER TABLE {table} ADD COLUMN {_path(column)} {types.duckdb_type(field)}")
        elif _kind(old) != _kind(field):
            raise _refused(reference, f"Field {name} has changed type from {old.type} to {field.type}")
        elif (old.mode == "REPEATED") != (field.mode == "REPEATED"):
            raise _refused(reference, f"Field {name} has changed mode from {old.mode} to {field.mode}")
        elif field.mode == "REQUIRED" and old.mode != "REQUIRED":
            raise _refused(reference, f"Field {name} has changed mode from NULLABLE to REQUIRED")
        elif old.mode == "REQUIRED" and field.mode != "REQUIRED" and not path:
            statements.append(f"ALTER TABLE {table} ALTER COLUMN {quote(field.name)} DROP NOT NULL")
        if old is not None and field.type in ("RECORD", "STRUCT"):
            below = (*column, ELEMENT) if field.mode == "REPEATED" else column
            statements += changes(reference, old.fields or [], field.fields or [], below)
    return statements


ELEMENT = "element"  # what DuckLake calls the inside of a list


def _named(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in path if part is not ELEMENT)


def _path(path: tuple[str, ...]) -> str:
    return ".".join(map(quote, path))


def update(project_id: str, dataset_id: str, table_id: str, body: Table, etag: str | None, whole: bool) -> Table:
    """tables.patch (`whole` false) and tables.update; the schema changes in one transaction or not at all."""
    reference = (project_id, dataset_id, table_id)
    given = tables.fields(body)
    with database.writing(*reference):
        current = tables.load(*reference)
        metadata.check_etag(current, etag)
        if not given:
            return _upstream(*reference, body, etag, whole)
        names.fields(given)
        body = body.replace(schema={"fields": [field.dump() for field in tagged(given, tables.fields(current))]})
        if current.type == "VIEW":
            return _upstream(*reference, body, etag, whole)
        if not database.objects(*reference):
            ingestion_time.create_physical(reference, current.replace(schema=body.schema_.dump()))
            return _upstream(*reference, body, etag, whole)
        statements = changes(reference, tables.fields(current), given)
        if statements:
            with database.cursor() as cursor:
                writes.committed(cursor, lambda: [cursor.execute(statement) for statement in statements])
        return _upstream(*reference, body, etag, whole)


def install() -> None:
    replace(tables, "update", update)
