"""The photographs and videos of a scene: importing them, and which files are some."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.json_value import JsonValue
from darkroom_scene.manifest import Image, Manifest, ObjectEntry, whole
from darkroom_scene.progress import Progress
from darkroom_scene.publication import known_manifest, publish
from darkroom_scene.scene_layout import Place, frames_place
from darkroom_scene.stage_key import inputs_key
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage, StoredObject, open_storage
from darkroom_scene.transfer import Wanted, download_all
from darkroom_scene.upload import hash_files

PHOTO_ENDINGS = frozenset(["jpg", "jpeg", "jpe", "png", "webp", "tif", "tiff", "bmp", "heic", "heif", "avif"])
VIDEO_ENDINGS = frozenset(["mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "mts", "m2ts"])


def is_photo(path: str) -> bool:
    """Whether the name is that of a photograph; upper and lower case are the same."""
    return _ending(path) in PHOTO_ENDINGS


def is_video(path: str) -> bool:
    """Whether the name is that of a video."""
    return _ending(path) in VIDEO_ENDINGS


def _ending(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    # macOS writes "._name" beside "name" on memory cards: a resource fork, not a picture.
    return "" if name.startswith("._") else name.rpartition(".")[2].lower()


@dataclass(frozen=True)
class FrameImport:
    """An import: from where, into which scene of which storage, by way of which folder on this machine."""

    source: str
    storage: Storage
    scene: str
    scratch: Path


def import_frames(job: FrameImport, progress: Progress, stop: StopSignal) -> None:
    """Make the photographs and videos at the source the frames of the scene.

    They replace those of an earlier import; a file that is stored already is not sent again.

    Raises:
        StageError: `frames/none` when there is not one, and the problems of both storages.
    """
    started = time.monotonic()
    source = open_storage(job.source, create=False)
    place = frames_place(job.scene)
    if source.url == f"{job.storage.url}/{place.folder.rstrip('/')}":
        return
    found = frames_only(source.objects(""), progress)
    if not found:
        raise StageError(
            "frames/none",
            f"there is no photograph and no video in {source.url}",
            f"expected files that end in {', '.join(sorted(PHOTO_ENDINGS | VIDEO_ENDINGS))}",
        )
    summary: dict[str, JsonValue] = {"source": source.url, "versions": _versions(source, found)}
    before = _whole_manifest(job.storage, place, progress)
    if before and summary["versions"] and before.summary == summary:
        return
    files = _local_copies(source, found, job.scratch, progress.part(0, 0.5), stop)
    if before and _equal(before, files, stop):
        return

    def describe(entries: tuple[ObjectEntry, ...]) -> Manifest:
        key = inputs_key((one.path, one.sha256) for one in entries)
        seconds = round(time.monotonic() - started, 1)
        return Manifest("frames", job.scene, key, entries, {}, 0, {}, Image(None, None), seconds, 0, summary)

    publish(job.storage, place, files, describe, progress.part(0.5, 1), stop)
    shutil.rmtree(job.scratch, ignore_errors=True)


def _versions(source: Storage, found: list[StoredObject]) -> dict[str, JsonValue]:
    """What S3 calls the content of every object; of files on this machine the content itself is compared."""
    return {} if isinstance(source, FileStorage) else {one.path: one.version for one in found}


def _whole_manifest(storage: Storage, place: Place, progress: Progress) -> Manifest | None:
    manifest = known_manifest(storage, place, progress)
    return manifest if manifest and not whole(storage, place.folder, manifest) else None


def _equal(manifest: Manifest, files: list[tuple[str, Path]], stop: StopSignal) -> bool:
    """Whether the files are those of the manifest."""
    if {one.path for one in manifest.objects} != {path for path, _ in files}:
        return False
    return {one.entry for one in hash_files(files, FileStorage.workers, stop)} == set(manifest.objects)


def frames_only(objects: Iterable[StoredObject], progress: Progress) -> list[StoredObject]:
    """The photographs and videos among `objects`; the others are told in a notice."""
    own = frames_place("")
    found = [one for one in objects if not own.reserves(one.path)]
    kept = [one for one in found if is_photo(one.path) or is_video(one.path)]
    left = sorted({one.path for one in found} - {one.path for one in kept})
    if left:
        more = f" and {len(left) - 5} more" if len(left) > 5 else ""
        names = ", ".join(f'"{path}"' for path in left[:5]) + more
        progress.notice(f"left out, as neither photographs nor videos: {names}")
    return kept


def _local_copies(
    source: Storage, found: list[StoredObject], scratch: Path, progress: Progress, stop: StopSignal
) -> list[tuple[str, Path]]:
    """The files as they are on this machine; fetched first when they are elsewhere."""
    if isinstance(source, FileStorage):
        return [(one.path, source.local(one.path)) for one in found]
    progress.update(0, f"fetching {len(found)} frames from {source.url}")
    wanted = [Wanted(one.path, scratch / one.path, one.size, None) for one in found]
    download_all(source, wanted, stop)
    return [(one.path, one.target) for one in wanted]
