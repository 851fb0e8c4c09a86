"""A chart's SQL: dbt's `ref` and nothing else, resolved to what is published."""

from collections.abc import Collection
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from extract.errors import Terminal, one_line


@dataclass(frozen=True)
class Query:
    """SQL that BigQuery runs, and the published tables that it names."""

    sql: str
    tables: frozenset[str]


def resolve(sql: str, project: str, dataset: str, published: Collection[str]) -> Query:
    """Put the tables in place of `ref`. Terminal when one is not published, or the SQL is no template."""
    named: set[str] = set()

    def ref(table: str) -> str:
        if table not in published:
            raise Terminal(f"ref('{table}') is not published; charts read marts only")
        named.add(table)
        return f"`{project}`.{dataset}.{table}"

    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        text = environment.from_string(sql).render(ref=ref)
    except Terminal:
        raise
    except Exception as error:
        # A template is its author's program: 1 / 0 and ref() without a name fail as any program does.
        reason = f"{type(error).__name__}: {error}" if not isinstance(error, TemplateError) else str(error)
        raise Terminal(f"the SQL is no template: {one_line(reason)}; only ref('...') is known in it") from None
    return Query(text.strip(), frozenset(named))
