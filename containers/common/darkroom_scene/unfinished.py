"""The record of a publication that has begun; what the next one learns from it when it was interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from darkroom_scene.manifest import ObjectEntry
from darkroom_scene.scene_layout import Place
from darkroom_scene.storage import Storage, StoredObject


@dataclass(frozen=True)
class Unfinished:
    """What a publication meant to store.

    Attributes:
        known: objects that are certainly stored, by path.
        touched: every path that may hold something of it, or of the results before it.
    """

    known: Mapping[str, ObjectEntry]
    touched: frozenset[str]


def read_unfinished(storage: Storage, place: Place, stored: Mapping[str, StoredObject]) -> Unfinished:
    """What the interrupted publication before this one left at `place`; nothing when there was none.

    An object whose version is another than before that publication was written by it, and therefore whole: a
    storage shows an object only then.
    """
    document = storage.read_document(place.unfinished)
    try:
        rows = json.loads(document.data) if document else []
        entries = [(ObjectEntry(path, size, sha256), before) for path, size, sha256, before in rows]
    except (ValueError, TypeError):
        return Unfinished({}, frozenset())
    known = {}
    for entry, before in entries:
        now = stored.get(entry.path)
        if now and entry.sha256 and now.size == entry.size and now.version != before:
            known[entry.path] = entry
    return Unfinished(known, frozenset(entry.path for entry, _ in entries))


def write_unfinished(
    storage: Storage,
    place: Place,
    entries: Iterable[ObjectEntry],
    known: Mapping[str, ObjectEntry],
    stored: Mapping[str, StoredObject],
    touched: Iterable[str],
) -> None:
    """Record a publication before it changes anything.

    Args:
        storage: where the record goes.
        place: whose results are published.
        entries: what will be stored.
        known: what is stored already.
        stored: the listing before it begins.
        touched: other paths that hold something of the results before.
    """
    rows: list[list[str | int]] = []
    for entry in entries:
        before = stored.get(entry.path)
        version = before.version if before and known.get(entry.path) != entry else ""
        rows.append([entry.path, entry.size, entry.sha256, version])
    paths = {str(row[0]) for row in rows}
    rows += [[path, 0, "", ""] for path in sorted(touched) if path not in paths]
    storage.write_document(place.unfinished, json.dumps(rows, ensure_ascii=False).encode())
