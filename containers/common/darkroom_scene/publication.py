"""Results into the storage: the manifest is removed first and written last."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.manifest import Manifest, ObjectEntry, read_manifest, write_manifest
from darkroom_scene.progress import Progress
from darkroom_scene.scene_layout import Place
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.upload import upload_files


def publish(
    storage: Storage,
    place: Place,
    files: Sequence[tuple[str, Path]],
    describe: Callable[[tuple[ObjectEntry, ...]], Manifest],
    progress: Progress,
    stop: StopSignal,
) -> Manifest:
    """Replace what lies at `place` by `files`.

    Objects that are stored already are not sent again; those of the manifest before that are no more are
    removed. An interruption leaves no manifest, and a list of what must be removed the next time.

    Args:
        storage: where to.
        place: whose results these are.
        files: (path below the place's folder, file).
        describe: the manifest of the stored entries.
        progress: told of every file.
        stop: ends it between two files, before the manifest.

    Raises:
        StageError: `storage/bad-name` when a file is called like a manifest, or like another stage's result.
    """
    stop.check()
    _refuse_reserved(storage, place, [path for path, _ in files])
    before = known_manifest(storage, place, progress)
    sizes = {one.path: one.size for one in storage.objects(place.folder)}
    there = {
        one.path: one
        for one in (before.objects if before else ())
        if sizes.get(place.folder + one.path) == one.size
    }
    leftovers = _Leftovers(storage, place)
    old = leftovers.read() | set(there)
    storage.sweep(place.folder)
    leftovers.write(old | {path for path, _ in files})
    storage.delete([place.manifest])
    entries = upload_files(storage, place.folder, files, stop, there, _Counter(files, progress))
    storage.delete(place.folder + path for path in sorted(old - {one.path for one in entries}))
    manifest = describe(entries)
    write_manifest(storage, place.manifest, manifest)
    leftovers.clear()
    return manifest


def known_manifest(storage: Storage, place: Place, progress: Progress) -> Manifest | None:
    """The manifest of a place; one that is damaged counts as none and is named in a warning."""
    try:
        return read_manifest(storage, place.manifest)
    except StageError as error:
        progress.warning(f"{error.message}; it was not used")
        return None


class _Leftovers:
    """What a publication that was interrupted may have left; kept beside the checkpoints."""

    def __init__(self, storage: Storage, place: Place) -> None:
        self._storage = storage
        self._path = f"{place.checkpoints}leftovers-{place.manifests[0]}"

    def read(self) -> set[str]:
        document = self._storage.read_document(self._path)
        try:
            return {str(path) for path in json.loads(document.data)} if document else set()
        except (ValueError, TypeError):
            return set()

    def write(self, paths: set[str]) -> None:
        self._storage.write_document(self._path, json.dumps(sorted(paths), ensure_ascii=False).encode())

    def clear(self) -> None:
        self._storage.delete([self._path])


class _Counter:
    """Turns stored bytes into progress."""

    def __init__(self, files: Sequence[tuple[str, Path]], progress: Progress) -> None:
        self._total = max(1, sum(file.stat().st_size for _, file in files))
        self._stored = 0
        self._progress = progress

    def __call__(self, size: int) -> None:
        self._stored += size
        self._progress.update(self._stored / self._total, f"storing: {self._stored / 1e6:.1f} MB")


def _refuse_reserved(storage: Storage, place: Place, paths: Sequence[str]) -> None:
    taken = {path for path in paths if place.reserves(path)}
    for name in place.manifests[1:]:
        other = read_manifest(storage, place.folder + name)
        taken |= {one.path for one in other.objects if one.path in paths} if other else set()
    if taken:
        raise StageError("storage/bad-name", f"a result may not be called {', '.join(sorted(taken))}")
