"""No statement of a model runs beyond the model's budget.

dbt has no dry run for its models, but it tells its callbacks of every statement before it sends it, in the thread that
sends it: what is raised here fails the model, and the statement is never sent.
"""

from dbt_common.events.base_types import EventMsg
from dbt_common.exceptions import DbtRuntimeError
from google.cloud import bigquery

from extract.errors import Terminal, Transient
from governance.scans import budgets


class ScanGuard:
    """A callback for dbt. Called from several threads."""

    def __init__(self, client: bigquery.Client) -> None:
        self._client = client

    def __call__(self, message: EventMsg) -> None:
        """Raise dbt's own error when the message announces a statement beyond its model's budget."""
        if message.info.name != "SQLQuery":
            return
        node = message.data.node_info
        # While a model compiles, dbt asks small things: what was loaded last.
        if node.resource_type != "model" or node.node_status != "executing":
            return
        try:
            budget = budgets.budget_of(node.node_name, dict(node.meta))
            budgets.require_within(self._client, node.node_name, message.data.sql, budget)
        except (Terminal, Transient) as error:
            raise DbtRuntimeError(str(error)) from None
