"""Every query in the analysts' pages runs as an analyst; those that the pages say are refused are refused."""

import re
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, Forbidden

from tests import analysts_questions
from tests.support import Sandbox

PAGES = sorted((Path(__file__).parents[3] / "docs" / "analysts").glob("*.md"))
BLOCK = re.compile(r"^```sql( refused)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUERIES = [
    pytest.param(sql, bool(refused), id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (refused, sql) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), start=1)
]


@pytest.mark.parametrize(("sql", "refused"), QUERIES)
def test_a_query_of_the_pages_does_what_they_say(daily_run: Sandbox, sql: str, refused: bool) -> None:
    analyst = daily_run.client("analyst")
    if refused:
        with pytest.raises((BadRequest, Forbidden)):
            analyst.query_and_wait(sql)
    else:
        assert list(analyst.query_and_wait(sql))


def test_the_pages_have_queries() -> None:
    assert len(QUERIES) > 10


def test_the_questions_are_those_of_the_project() -> None:
    assert analysts_questions.PAGE.read_text(encoding="utf-8") == analysts_questions.page()
    assert analysts_questions.page().count("```sql") == 10
