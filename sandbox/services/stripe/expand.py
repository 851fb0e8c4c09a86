"""expand[]: putting objects in the place of their ids, as https://docs.stripe.com/api/expanding_objects says."""

from typing import Any

from sandbox.services.stripe.errors import StripeError
from sandbox.services.stripe.kinds import kind_of
from sandbox.services.stripe.store import Store

DEEPEST = 4


def expand(body: dict[str, Any], paths: list[str], store: Store) -> None:
    """Changes `body`. Raises StripeError (400) for a path that is too deep or leads to nothing that can be expanded."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise StripeError(
                400, f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}.", param="expand"
            )
        _expand(body, steps, path, store)


def _expand(holder: Any, steps: list[str], path: str, store: Store) -> None:
    if isinstance(holder, list):
        for one in holder:
            _expand(one, steps, path, store)
        return
    name, *rest = steps
    if not isinstance(holder, dict) or name not in holder:
        raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand")
    value = holder[name]
    if isinstance(value, str):
        kind = kind_of(value)
        found = store.get(kind, value) if kind else None
        if kind is None or found is None:
            raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand")
        if found.get("deleted"):
            found = {"id": value, "object": kind.object, "deleted": True}
        holder[name] = value = found
    elif value is not None and not isinstance(value, dict | list):
        raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand")
    if rest and value is not None and not (isinstance(value, dict) and value.get("deleted")):
        _expand(value, rest, path, store)
