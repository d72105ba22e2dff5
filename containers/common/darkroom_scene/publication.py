"""Results into the storage: the manifest is removed first and written last."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.manifest import Manifest, ObjectEntry, altered, read_manifest, write_manifest
from darkroom_scene.progress import Progress
from darkroom_scene.scene_layout import Place
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage, StoredObject
from darkroom_scene.unfinished import read_unfinished, write_unfinished
from darkroom_scene.upload import HashedFile, hash_files, upload_files


def publish(
    storage: Storage,
    place: Place,
    files: Sequence[tuple[str, Path]],
    describe: Callable[[tuple[ObjectEntry, ...]], Manifest],
    progress: Progress,
    stop: StopSignal,
) -> Manifest:
    """Replace what lies at `place` by `files`.

    Objects that are stored already, also by a publication that was interrupted, are not sent again, unless
    they were altered since; those of the results before that are no more are removed. An interruption leaves
    no manifest.

    Args:
        storage: where to.
        place: whose results these are.
        files: (path below the place's folder, file).
        describe: the manifest of the stored entries, called when they are.
        progress: told of every file.
        stop: ends it between two files, before the manifest.

    Raises:
        StageError: `storage/bad-name` when a file is called like a manifest, or like another stage's result.
    """
    stop.check()
    _refuse_reserved(storage, place, {path for path, _ in files}, progress)
    hashed = hash_files(files, storage.workers, stop)
    entries = tuple(one.entry for one in hashed)
    stored = stored_at(storage, place)
    before = known_manifest(storage, place, progress)
    old = {one.path: one for one in (before.objects if before else ())}
    left = read_unfinished(storage, place, stored)
    known = {path: one for path, one in old.items() if path in stored and stored[path].size == one.size}
    known.update(left.known)
    same = [entry for entry in entries if known.get(entry.path) == entry]
    for path in altered(storage, place.folder, same, stop):
        del known[path]
    new = {one.path for one in entries}
    gone = {
        path
        for path in left.touched | old.keys()
        if path in stored and path not in new and not place.reserves(path)
    }
    storage.sweep(place.folder)
    write_unfinished(storage, place, entries, known, stored, gone)
    storage.delete([place.manifest])
    missing = [one for one in hashed if known.get(one.entry.path) != one.entry]
    upload_files(storage, place.folder, missing, stop, _Counter(missing, progress))
    storage.delete(place.folder + path for path in sorted(gone))
    manifest = describe(entries)
    write_manifest(storage, place.manifest, manifest)
    storage.delete([place.unfinished])
    return manifest


def known_manifest(storage: Storage, place: Place, progress: Progress) -> Manifest | None:
    """The manifest of a place; one that is damaged counts as none and is named in a warning."""
    return _readable(storage, place.manifest, progress)


def _readable(storage: Storage, path: str, progress: Progress) -> Manifest | None:
    try:
        return read_manifest(storage, path)
    except StageError as error:
        progress.warning(f"{error.message}; it was not used")
        return None


def stored_at(storage: Storage, place: Place) -> dict[str, StoredObject]:
    """What lies below the folder of a place, by its path there."""
    return {one.path.removeprefix(place.folder): one for one in storage.objects(place.folder)}


class _Counter:
    """Turns stored bytes into progress."""

    def __init__(self, files: Sequence[HashedFile], progress: Progress) -> None:
        self._total = max(1, sum(one.entry.size for one in files))
        self._stored = 0
        self._progress = progress

    def __call__(self, size: int) -> None:
        self._stored += size
        self._progress.update(self._stored / self._total, f"storing: {self._stored / 1e6:.1f} MB")


def _refuse_reserved(storage: Storage, place: Place, paths: Set[str], progress: Progress) -> None:
    taken = {path for path in paths if place.reserves(path)}
    for name in place.manifests[1:]:
        other = _readable(storage, place.folder + name, progress)
        taken |= {one.path for one in (other.objects if other else ())} & paths
    if taken:
        raise StageError("storage/bad-name", f"a result may not be called {', '.join(sorted(taken))}")
