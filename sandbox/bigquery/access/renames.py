"""A renamed column keeps its policy tag and description. Gap: local_bigquery keeps both under the old name."""

from local_bigquery.catalog import ddl, metadata, names, tables
from local_bigquery.models import Table
from sqlglot import exp

from sandbox.bigquery.patching import replace


def _rename(reference: tuple[str, str, str], old: str, new: str) -> None:
    stored = metadata.load(Table, *reference)
    if stored is None:
        return
    fields = [
        field.replace(name=new) if field.name.casefold() == old.casefold() else field for field in tables.fields(stored)
    ]
    tables.record(*reference, stored.replace(schema={"fields": fields}))


def install() -> None:
    apply = ddl.apply

    def applied(tree: exp.Expr, project: str, dataset: str, evaluate: ddl.Evaluate) -> None:
        if isinstance(tree, exp.Alter) and isinstance(tree.this, exp.Table):
            reference = names.reference(tree.this, project, dataset)
            for action in tree.args.get("actions") or []:
                if isinstance(action, exp.RenameColumn):
                    _rename(reference, action.this.name, action.args["to"].name)
        apply(tree, project, dataset, evaluate)

    replace(ddl, "apply", applied)
