"""Google's SQL analyzer takes every statement of the dbt project, and models make what they declare."""

import re

from governance.scans.budgets import budget_of
from tests.integration.analyzer.analyzer import Analyzer
from tests.integration.analyzer.project import Project


def test_bigquery_would_take_every_statement_and_every_model_makes_the_columns_it_declares(
    analyzer: Analyzer, compiled: Project
) -> None:
    problems = [problem for query in compiled.queries for problem in query.problems(analyzer)]
    assert not problems, "\n".join(problems)


def test_every_partitioned_model_requires_a_filter_and_every_fact_is_partitioned(compiled: Project) -> None:
    partitioned = {name for name, model in compiled.models.items() if model.config.get("partition_by")}
    required = {name for name, model in compiled.models.items() if model.config.get("require_partition_filter")}
    facts = {name for name in compiled.models if name.startswith("fct_")}
    # Staging and what lies between are read by our own models, which say what they read.
    assert {name for name in partitioned - required if not name.startswith(("stg_", "int_"))} == set()
    assert facts | {"wide_user_days"} <= required <= partitioned


def test_every_model_has_a_scan_budget(compiled: Project) -> None:
    assert all(budget_of(name, model.config.meta) > 0 for name, model in compiled.models.items())


def test_no_model_is_built_by_a_script_for_which_bigquery_does_not_promise_an_estimate(compiled: Project) -> None:
    scripts = [query.name for query in compiled.queries if re.search(r"^\s*declare\b", query.sql, re.MULTILINE)]
    assert scripts == []
