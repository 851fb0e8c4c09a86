"""What a dashboard's file says. One file a dashboard; its name is the file's.

title: Revenue
description: What customers pay, and how it moves.
charts:
  - name: mrr
    title: Monthly recurring revenue
    text: At the end of each day, in yen.
    kind: line
    x: date_day
    y: [mrr]
    format: ",.0f"
    unit: ¥
    sql: select date_day, mrr from {{ ref('kpi_daily') }}
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from extract import unique_keys
from extract.errors import Terminal
from governance.scans import sizes
from orchestration.manifest import PROJECT

FOLDER: Final = PROJECT / "dashboards"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _size(text: object) -> int:
    try:
        return sizes.parse(text)
    except Terminal as error:
        raise ValueError(str(error)) from None


Size = Annotated[int, BeforeValidator(_size)]


class Kind(StrEnum):
    """How a chart shows its rows."""

    NUMBER = "number"
    """One row: the first column of `y` large; a second one beside it, to compare with."""
    LINE = "line"
    BAR = "bar"
    STACKED_BAR = "stacked_bar"
    HEATMAP = "heatmap"
    """A square for each pair of `x` and `series`, coloured by `y`."""
    TABLE = "table"


class Chart(BaseModel):
    """One query and how it is shown.

    `format` is a format of numbers that Python and d3 both know, such as `,.0f` and `.1%`; `unit` stands before it.
    `labels` are what people read instead of columns' names. The query may scan
    `scan_budget` at most, such as `2 GiB`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: Text
    text: str = ""
    kind: Kind
    sql: Text
    x: str = ""
    y: tuple[str, ...] = ()
    series: str = ""
    labels: dict[str, str] = {}
    format: Annotated[str, StringConstraints(pattern=r"^,?\.\d[f%]$")] = ",.0f"
    unit: str = ""
    width: Annotated[int, Field(ge=1, le=12)] = 6
    """Of twelve columns."""
    scan_budget: Size = 1024**3

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        drawn = self.kind in (Kind.LINE, Kind.BAR, Kind.STACKED_BAR, Kind.HEATMAP)
        if drawn and not self.x:
            raise ValueError(f"a {self.kind} needs x")
        if self.kind is not Kind.TABLE and not self.y:
            raise ValueError(f"a {self.kind} needs y")
        if self.kind is Kind.HEATMAP and not self.series:
            raise ValueError("a heatmap needs series")
        if self.series and len(self.y) != 1:
            raise ValueError("with series there is one y")
        return self

    def label(self, column: str) -> str:
        """What people read for a column."""
        return self.labels.get(column) or column.replace("_", " ").capitalize()


class Dashboard(BaseModel):
    """A page of charts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: Text
    description: Text
    charts: Annotated[tuple[Chart, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_chart_once(self) -> Self:
        names = [chart.name for chart in self.charts]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"several charts are named {', '.join(repeated)}")
        return self


def load(folder: Path = FOLDER) -> list[Dashboard]:
    """All dashboards, by name. Terminal names the file and what is wrong in it, in one line."""
    return [_read(path) for path in sorted(folder.glob("*.yml"))]


def _read(path: Path) -> Dashboard:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), unique_keys.Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Terminal(f"{path.name} is no YAML: {' '.join(str(error).split())}; correct it") from None
    if not isinstance(content, dict):
        raise Terminal(f"{path.name} holds no dashboard; write title, description and charts")
    try:
        return Dashboard(name=path.stem, **content)
    except (ValidationError, TypeError) as error:
        raise Terminal(f"{path.name}: {_told(error)}; correct it") from None


def _told(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    problems = error.errors()
    if len(problems) > 1:
        # A chart that is refused is missing from the charts; what is wrong is the chart.
        problems = [problem for problem in problems if (problem["type"], problem["loc"]) != ("too_short", ("charts",))]
    return ", ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'dashboard'}: "
        f"{problem['msg'].removeprefix('Value error, ')}"
        for problem in problems
    )
