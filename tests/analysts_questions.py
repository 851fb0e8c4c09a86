"""docs/analysts/questions.md, which is made by `make docs` from dbt_project/analyses: each question with its SQL as an
analyst writes it, without dbt.
"""

from pathlib import Path
from textwrap import fill

from jinja2 import Environment

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "analysts" / "questions.md"
ANALYSES = ROOT / "dbt_project" / "analyses"
WINDOW = "date '{{ window_date() }}'"
YESTERDAY = "date_sub(current_date('Asia/Tokyo'), interval 1 day)"
HEAD = """# Ten questions

The same queries are in `dbt_project/analyses`, with dbt's `ref` in place of the tables' names; `make docs` makes this
page of them. Each is passed through Google's SQL analyzer and run as an analyst by the tests.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([HEAD, *(_question(path) for path in sorted(ANALYSES.glob("*.sql")))])


def _question(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    body = "\n".join(line for line in lines if not line.startswith("--")).replace(WINDOW, YESTERDAY)
    template = Environment(trim_blocks=False).from_string(body)
    sql = template.render(ref=lambda table: f"marts.{table}")
    title = path.stem.replace("_", " ").capitalize()
    return f"## {title}\n\n{fill(' '.join(comment), 110)}\n\n```sql\n{sql.strip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
