"""Google's SQL analyzer takes every statement of the dbt project, and models make what they declare."""

from tests.integration.analyzer.analyzer import Analyzer
from tests.integration.analyzer.project import Project


def test_bigquery_would_take_every_statement_and_every_model_makes_the_columns_it_declares(
    analyzer: Analyzer, compiled: Project
) -> None:
    problems = [problem for query in compiled.queries for problem in query.problems(analyzer)]
    assert not problems, "\n".join(problems)
