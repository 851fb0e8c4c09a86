"""Applying dashboards to Metabase: what is missing is made, what differs is changed, what is gone is archived.

All lies in one collection. Each card and dashboard there that is ours says so in the last line of its description, by
which it is known again after its title has changed; what people add to the collection is left as it is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from extract.errors import Terminal
from orchestration.dashboards.cards import card_content, dashcards
from orchestration.dashboards.definition import Dashboard
from orchestration.dashboards.metabase import Entity, Metabase
from orchestration.dashboards.sql import resolve
from orchestration.publication.project import MARTS

COLLECTION: Final = "kura"
MARK: Final = "Made from code, changes here are overwritten: "
ABOUT: Final = "Dashboards that are made from dbt_project/dashboards. What you add yourself stays."


def push(
    metabase: Metabase,
    dashboards: Sequence[Dashboard],
    project: str,
    published: Collection[str],
    report: Callable[[str], None],
    *,
    dry_run: bool = False,
) -> None:
    """Apply all dashboards and report each change. Nothing is changed while a chart's SQL is not sound."""
    queries = {
        (dashboard.name, chart.name): resolve(chart.sql, project, MARTS, published).sql
        for dashboard in dashboards
        for chart in dashboard.charts
    }
    database = metabase.database()
    names = [one["id"] for one in metabase.collections() if one["name"] == COLLECTION]
    if len(names) > 1:
        raise Terminal(f"Metabase has {len(names)} collections named {COLLECTION!r}; archive all but one")
    if not names and not dry_run:
        names = [metabase.create_collection(COLLECTION, ABOUT)["id"]]
    collection = int(names[0]) if names else None
    cards = _Kept(metabase, "card", collection, report, dry_run)
    pages = _Kept(metabase, "dashboard", collection, report, dry_run)
    for dashboard in dashboards:
        ids: dict[str, int] = {}
        for chart in dashboard.charts:
            content = card_content(chart, queries[dashboard.name, chart.name], database)
            ids[chart.name] = cards.put(f"{dashboard.name}.{chart.name}", chart.text, content)
        page = pages.put(dashboard.name, dashboard.description, {"name": dashboard.title})
        pages.lay_out(page, dashboard, ids)
    cards.archive_rest()
    pages.archive_rest()
    report(f"{COLLECTION}: {cards.told()}, {pages.told()}")


@dataclass
class _Kept:
    """What the collection has of one model, by our names for it."""

    metabase: Metabase
    model: str
    collection: int | None
    report: Callable[[str], None]
    dry_run: bool
    found: dict[str, Entity] = field(init=False, default_factory=dict)
    wanted: set[str] = field(init=False, default_factory=set)
    changes: dict[str, int] = field(init=False, default_factory=lambda: {"created": 0, "updated": 0, "archived": 0})

    def __post_init__(self) -> None:
        for item in self.metabase.items(self.collection, self.model) if self.collection is not None else ():
            _, _, name = (item.get("description") or "").rpartition(MARK)
            if name and MARK in (item.get("description") or ""):
                self.found.setdefault(name, item)

    def put(self, name: str, text: str, content: Mapping[str, Any]) -> int:
        """Create or update one; returns its id, 0 where a dry run did not make it."""
        self.wanted.add(name)
        description = f"{text}\n\n{MARK}{name}".strip()
        whole = {**content, "description": description, "collection_id": self.collection}
        there = self.found.get(name)
        if there is None:
            self._say("created", name)
            return 0 if self.dry_run else int(self.metabase.create(self.model, whole)["id"])
        if any(there.get(key) != value for key, value in whole.items()):
            self._say("updated", name)
            if not self.dry_run:
                self.metabase.update(self.model, there["id"], whole)
        return int(there["id"])

    def lay_out(self, page: int, dashboard: Dashboard, cards: Mapping[str, int]) -> None:
        """Put a dashboard's cards where they belong, if they are not there."""
        there = self.metabase.get(self.model, page).get("dashcards", []) if page else []
        wanted = dashcards(dashboard, cards, there)
        if [_placed(one) for one in there] == [_placed(one) for one in wanted]:
            return
        if page and dashboard.name in self.found:
            self._say("laid out anew", dashboard.name)
        if not self.dry_run:
            self.metabase.update(self.model, page, {"dashcards": wanted})

    def archive_rest(self) -> None:
        """Archive what is ours and wanted no more."""
        for name in sorted(self.found.keys() - self.wanted):
            self._say("archived", name)
            if not self.dry_run:
                self.metabase.update(self.model, self.found[name]["id"], {"archived": True})

    def told(self) -> str:
        """How many were changed, in words."""
        unchanged = len(self.wanted) - self.changes["created"] - self.changes["updated"]
        parts = [f"{count} {what}" for what, count in self.changes.items() if count]
        return f"{self.model}s " + ", ".join([*parts, f"{unchanged} unchanged"])

    def _say(self, what: str, name: str) -> None:
        self.changes[what] = self.changes.get(what, 0) + 1
        self.report(f"{self.model} {name}: {'would be ' if self.dry_run else ''}{what}")


def _placed(card: Entity) -> tuple[Any, ...]:
    """What of a card on a dashboard is ours to say."""
    settings = card.get("visualization_settings") or {}
    return (*(card.get(key) for key in ("card_id", "row", "col", "size_x", "size_y")), settings.get("text"))
