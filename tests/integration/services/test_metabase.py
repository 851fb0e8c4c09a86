"""`kura dashboards push`: the same files applied again and again to a Metabase."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from extract.errors import Terminal, Transient
from orchestration.dashboards.definition import Chart, Dashboard
from orchestration.dashboards.metabase import Metabase
from orchestration.dashboards.push import push
from sandbox.services import metabase as stand_in
from tests.integration.services.support import Server

KEY = "METABASE_API_KEY"


def chart(name: str, **changes: Any) -> Chart:
    content = {"name": name, "title": name.title(), "kind": "line", "x": "day", "y": ["mrr"]}
    return Chart(**(content | {"sql": "select day, mrr from {{ ref('kpi_daily') }}"} | changes))


def dashboard(*charts: Chart, **changes: Any) -> Dashboard:
    return Dashboard(**({"name": "revenue", "title": "Revenue", "description": "Money.", "charts": charts} | changes))


class Applied:
    """A Metabase to which dashboards are applied, and what it has then."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lines: list[str] = []

    def push(self, *dashboards: Dashboard, **options: bool) -> list[str]:
        self.lines = []
        push(Metabase(self.url, KEY, "kura"), dashboards, "koe", ["kpi_daily"], self.lines.append, **options)
        return self.lines

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, headers={"x-api-key": stand_in.KEY}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def items(self) -> list[dict[str, Any]]:
        [collection] = [one for one in self.call("GET", "/api/collection") if one["name"] == "kura"]
        return self.call("GET", f"/api/collection/{collection['id']}/items")["data"]  # type: ignore[no-any-return]

    def named(self, name: str, model: str = "card") -> dict[str, Any]:
        [identifier] = [one["id"] for one in self.items() if (one["name"], one["model"]) == (name, model)]
        return self.call("GET", f"/api/{model}/{identifier}")  # type: ignore[no-any-return]


@pytest.fixture
def applied(servers: Callable[[], Server], monkeypatch: pytest.MonkeyPatch) -> Applied:
    monkeypatch.setenv(KEY, stand_in.KEY)
    return Applied(f"{servers().url}/metabase")


def test_dashboards_are_made_with_their_charts_in_the_places_that_the_file_gives(applied: Applied) -> None:
    applied.push(dashboard(chart("mrr"), chart("arpu", width=4), chart("paid", width=9)))
    page = applied.named("Revenue", "dashboard")
    heading, *cards = page["dashcards"]
    assert heading["visualization_settings"]["text"] == "Money."
    assert [(card["row"], card["col"], card["size_x"]) for card in cards] == [(2, 0, 12), (2, 12, 8), (8, 0, 18)]
    card = applied.named("Mrr")
    assert card["dataset_query"]["native"]["query"] == "select day, mrr from `koe`.marts.kpi_daily"
    assert card["display"] == "line"


def test_applying_the_same_files_again_changes_nothing(applied: Applied) -> None:
    applied.push(dashboard(chart("mrr"), chart("arpu")))
    before = applied.items(), applied.named("Revenue", "dashboard")
    assert applied.push(dashboard(chart("mrr"), chart("arpu"))) == ["kura: cards 2 unchanged, dashboards 1 unchanged"]
    assert (applied.items(), applied.named("Revenue", "dashboard")) == before


def test_a_chart_with_another_title_is_the_same_question_renamed(applied: Applied) -> None:
    applied.push(dashboard(chart("mrr")))
    before = applied.named("Mrr")["id"]
    applied.push(dashboard(chart("mrr", title="Recurring revenue")))
    assert applied.named("Recurring revenue")["id"] == before
    assert len(applied.items()) == 2


def test_what_people_changed_in_ours_is_put_right_and_what_they_added_is_left(applied: Applied) -> None:
    applied.push(dashboard(chart("mrr")))
    card = applied.named("Mrr")
    applied.call("PUT", f"/api/card/{card['id']}", {"display": "bar"})
    theirs = {key: card[key] for key in ("dataset_query", "display", "visualization_settings", "collection_id")}
    applied.call("POST", "/api/card", {**theirs, "name": "Theirs", "description": "by hand"})
    assert "card revenue.mrr: updated" in applied.push(dashboard(chart("mrr")))
    assert applied.named("Mrr")["display"] == "line"
    assert applied.named("Theirs")["description"] == "by hand"


def test_a_chart_that_is_gone_from_the_files_is_archived_and_leaves_the_dashboard(applied: Applied) -> None:
    applied.push(dashboard(chart("mrr"), chart("arpu")))
    assert "card revenue.arpu: archived" in applied.push(dashboard(chart("mrr")))
    assert {one["name"] for one in applied.items()} == {"Mrr", "Revenue"}
    assert len(applied.named("Revenue", "dashboard")["dashcards"]) == 2


def test_a_push_that_was_cut_off_is_completed_by_the_next(applied: Applied) -> None:
    with pytest.raises(KeyboardInterrupt):
        push_until_second_card(applied)
    applied.push(dashboard(chart("mrr"), chart("arpu")))
    assert sorted(one["name"] for one in applied.items()) == ["Arpu", "Mrr", "Revenue"]
    assert len(applied.named("Revenue", "dashboard")["dashcards"]) == 3


def push_until_second_card(applied: Applied) -> None:
    def stop(line: str) -> None:
        if line.startswith("card revenue.arpu"):
            raise KeyboardInterrupt

    charts = dashboard(chart("mrr"), chart("arpu"))
    push(Metabase(applied.url, KEY, "kura"), [charts], "koe", ["kpi_daily"], stop)


def test_a_dry_run_says_what_would_change_and_changes_nothing(applied: Applied) -> None:
    lines = applied.push(dashboard(chart("mrr")), dry_run=True)
    assert lines[:2] == ["card revenue.mrr: would be created", "dashboard revenue: would be created"]
    assert not [one for one in applied.call("GET", "/api/collection") if one["name"] == "kura"]


def test_nothing_is_changed_while_one_chart_reads_what_is_not_published(applied: Applied) -> None:
    with pytest.raises(Terminal, match="not published"):
        applied.push(dashboard(chart("mrr"), chart("leak", sql="select * from {{ ref('stg_aurora__users') }}")))
    assert not [one for one in applied.call("GET", "/api/collection") if one["name"] == "kura"]


def test_a_key_that_is_refused_is_named_and_not_shown(applied: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "mb_wrong_secret")
    with pytest.raises(Terminal, match=KEY) as refusal:
        applied.push(dashboard(chart("mrr")))
    assert "mb_wrong_secret" not in str(refusal.value)


def test_a_database_that_metabase_does_not_have_is_said_with_those_it_has(applied: Applied) -> None:
    with pytest.raises(Terminal, match=r"0 databases named 'other', and of all: kura"):
        push(Metabase(applied.url, KEY, "other"), [dashboard(chart("mrr"))], "koe", ["kpi_daily"], print)


def test_a_metabase_that_does_not_answer_is_a_matter_of_trying_again(applied: Applied) -> None:
    with pytest.raises(Transient, match="METABASE_URL"):
        push(Metabase("http://127.0.0.1:9", KEY, "kura"), [dashboard(chart("mrr"))], "koe", ["kpi_daily"], print)
