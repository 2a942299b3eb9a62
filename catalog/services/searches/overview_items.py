"""Pack and read the names of the items that a prepared tile is made of, as they lie beside it in storage.

A line for each. At zoom 0 they may be half a million, of which a page is read.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from catalog.models import Item

# Neither has control characters, so these tell them apart.
BETWEEN, END = "\t", b"\n"
# Names are alike: more effort makes them hardly smaller.
EFFORT = 3


@dataclass(frozen=True, slots=True)
class ItemName:
    collection_id: str
    item_id: str


def pack_names(names: Iterable[ItemName]) -> bytes:
    return _packed(f"{name.collection_id}{BETWEEN}{name.item_id}".encode() for name in names)


def join_names(packed: Iterable[bytes]) -> bytes:
    """Pack the names of several tiles, each once, where it comes first."""
    return _packed(dict.fromkeys(chain.from_iterable(_lines(each) for each in packed)))


def unpack_names(packed: bytes, *, start: int, most: int) -> tuple[list[ItemName], int]:
    """Return a page of the names, and how many there are in all."""
    lines = _lines(packed)
    parts = (line.decode().split(BETWEEN) for line in lines[start : start + most])
    return [ItemName(collection_id, item_id) for collection_id, item_id in parts], len(lines)


def find_present(names: Iterable[ItemName]) -> frozenset[ItemName]:
    """Return those that are still in the catalog, by one query. Who may see them isn't asked."""
    wanted = frozenset(names)
    rows = Item.objects.filter(
        collection__in={name.collection_id for name in wanted}, item_id__in={name.item_id for name in wanted}
    )
    return wanted & {ItemName(*row) for row in rows.values_list("collection_id", "item_id")}


def _packed(lines: Iterable[bytes]) -> bytes:
    return zlib.compress(END.join(lines), EFFORT)


def _lines(packed: bytes) -> list[bytes]:
    text = zlib.decompress(packed)
    return text.split(END) if text else []
