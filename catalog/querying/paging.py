"""Pages by key: each goes on after the last item of the one before.

Unlike a page by offset, it repeats and misses nothing while items come and go, and the thousandth costs as little as
the first. The position travels in a signed token, so nobody can feed us one that we did not write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet

from catalog.errors import InvalidParameter
from catalog.models import Item
from catalog.querying.item_rows import ItemRow, read_rows, split_rows

SALT = "catalog.stac.page"


@dataclass(frozen=True)
class OrderKey:
    """A column or annotation to order by. Nulls come last, whichever the direction."""

    name: str
    descending: bool = False
    nullable: bool = False
    # What it is called in tokens, so that one of another order is known: annotations are only numbered.
    label: str = ""

    def ordering(self, *, backward: bool) -> Any:
        descending = self.descending != backward
        if not self.nullable:
            return f"-{self.name}" if descending else self.name
        column = F(self.name)
        nulls = {"nulls_first": True} if backward else {"nulls_last": True}
        return column.desc(**nulls) if descending else column.asc(**nulls)

    def beyond(self, value: Any, *, backward: bool) -> Q:
        """Return the rule of what comes after `value` in the direction of travel."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if backward else Q(pk__in=())
        comparison = "lt" if self.descending != backward else "gt"
        rule = Q(**{f"{self.name}__{comparison}": value})
        return rule | Q(**{f"{self.name}__isnull": True}) if self.nullable and not backward else rule

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


NEWEST_FIRST = (OrderKey("start_datetime", descending=True), OrderKey("pk_id", descending=True))


POSITION = tuple(key.name for key in NEWEST_FIRST)


@dataclass(frozen=True)
class Page:
    items: tuple[ItemRow, ...]
    next_token: str | None
    prev_token: str | None


def fetch_page(
    items: QuerySet[Item], *, limit: int, token: str | None = None, order: Sequence[OrderKey] = NEWEST_FIRST
) -> Page:
    """Read one page by one query. The last key of `order` must be unique, so that the order is total."""
    backward, position = read_token(token, order=order) if token else (False, None)
    if position is not None:
        items = items.filter(after(position, order=order, backward=backward))
    keys = [key.name for key in order]
    ordered = items.order_by(*(key.ordering(backward=backward) for key in order))
    rows, positions = read_rows(ordered[: limit + 1], keys=keys)
    more = len(rows) > limit
    del rows[limit:], positions[limit:]
    if backward:
        rows.reverse()
        positions.reverse()
    has_next, has_prev = (True, more) if backward else (more, position is not None)
    return _page(rows, positions, order=order, has_next=has_next, has_prev=has_prev)


def first_page(found: Sequence[Sequence[Any]], *, limit: int) -> Page:
    """Return the first page of the usual order, of rows that were read as `COLUMNS` and `POSITION`, one too many."""
    rows, positions = split_rows(found[:limit])
    return _page(rows, positions, order=NEWEST_FIRST, has_next=len(found) > limit, has_prev=False)


def _page(
    rows: Sequence[ItemRow],
    positions: Sequence[Sequence[Any]],
    *,
    order: Sequence[OrderKey],
    has_next: bool,
    has_prev: bool,
) -> Page:
    return Page(
        items=tuple(rows),
        next_token=_token(positions[-1], order=order, backward=False) if rows and has_next else None,
        prev_token=_token(positions[0], order=order, backward=True) if rows and has_prev else None,
    )


def after(position: Sequence[Any], *, order: Sequence[OrderKey], backward: bool) -> Q:
    """Return the rule of rows behind a position: beyond in the first key, or equal there and beyond in the next."""
    rule = Q()
    for key, value in reversed(list(zip(order, position, strict=True))):
        beyond = key.beyond(value, backward=backward)
        rule = beyond | (key.equal(value) & rule) if rule else beyond
    first, value = order[0], position[0]
    if first.nullable:
        return rule
    # Implied by the rule, but this is the form from which databases see that an index gives the range.
    comparison = "lte" if first.descending != backward else "gte"
    return Q(**{f"{first.name}__{comparison}": value}) & rule


def write_token(item: Item, *, order: Sequence[OrderKey], backward: bool) -> str:
    """Return the token of an item's position, which has the annotations of the order."""
    return _token([getattr(item, key.name) for key in order], order=order, backward=backward)


def _token(values: Sequence[Any], *, order: Sequence[OrderKey], backward: bool) -> str:
    plain = [{"t": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return signing.dumps([int(backward), _fingerprint(order), plain], salt=SALT)


def read_token(token: str, *, order: Sequence[OrderKey]) -> tuple[bool, list[Any]]:
    """Read direction and position from a token, which belongs to the order it was written for."""
    try:
        backward, fingerprint, plain = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise InvalidParameter("token", "not one of this site's; follow the links of a page") from error
    if fingerprint != _fingerprint(order):
        raise InvalidParameter("token", "of a search in another order; start again without it")
    values = [datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value for value in plain]
    return bool(backward), values


def _fingerprint(order: Sequence[OrderKey]) -> list[str]:
    return [key.label or (f"-{key.name}" if key.descending else key.name) for key in order]
