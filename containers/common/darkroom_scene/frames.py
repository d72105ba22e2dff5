"""The photographs and videos of a scene: importing them, and which files are some."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import BAD_INPUT, StageError
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.json_value import JsonValue
from darkroom_scene.manifest import Image, Manifest, ObjectEntry, whole
from darkroom_scene.progress import Progress
from darkroom_scene.publication import known_manifest, publish, stored_at
from darkroom_scene.scene_layout import Place, frames_place
from darkroom_scene.stage_key import inputs_key
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage, StoredObject, open_storage
from darkroom_scene.transfer import Wanted, download_all
from darkroom_scene.unfinished import read_unfinished
from darkroom_scene.upload import hash_files

PHOTO_ENDINGS = frozenset(["jpg", "jpeg", "jpe", "png", "webp", "tif", "tiff", "bmp", "heic", "heif", "avif"])
VIDEO_ENDINGS = frozenset(["mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "mts", "m2ts"])

LEAST_PHOTOS = 3
"""Fewer photographs, without a video, are no scene, and do not replace the frames of one."""


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
        StageError: `frames/none` when there is not one; `frames/too-few` when there are too few to replace
            what is stored; `frames/not-imported` when they would overwrite what no import has stored; and the
            problems of both storages.
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
    before = known_manifest(job.storage, place, progress)
    intact = before is not None and _is_whole(job.storage, place, before, progress, stop)
    if before and intact and summary["versions"] and before.summary == summary:
        return
    files = _local_copies(source, found, job.scratch, progress.part(0, 0.5), stop)
    if before and intact and _equal(before, files, stop):
        return
    _refuse_to_replace(job, files, before, stop)

    def describe(entries: tuple[ObjectEntry, ...]) -> Manifest:
        key = inputs_key((one.path, one.sha256) for one in entries)
        seconds = round(time.monotonic() - started, 1)
        return Manifest("frames", job.scene, key, entries, {}, 0, {}, Image(None, None), seconds, 0, summary)

    publish(job.storage, place, files, describe, progress.part(0.5, 1), stop)
    shutil.rmtree(job.scratch, ignore_errors=True)


def _versions(source: Storage, found: list[StoredObject]) -> dict[str, JsonValue]:
    """What S3 calls the content of every object; of files on this machine the content itself is compared."""
    return {} if isinstance(source, FileStorage) else {one.path: one.version for one in found}


def _is_whole(
    storage: Storage, place: Place, manifest: Manifest, progress: Progress, stop: StopSignal
) -> bool:
    wrong = whole(storage, place.folder, manifest, stop)
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        progress.notice(f"the frames are imported again: {wrong[0]}{more}")
    return not wrong


def _refuse_to_replace(
    job: FrameImport, files: list[tuple[str, Path]], before: Manifest | None, stop: StopSignal
) -> None:
    """End before anything is changed where the import would lose what is stored."""
    place = frames_place(job.scene)
    stored = stored_at(job.storage, place)
    frames = [path for path in stored if is_photo(path) or is_video(path)]
    if frames and len(files) < LEAST_PHOTOS and not any(is_video(path) for path, _ in files):
        raise StageError(
            "frames/too-few",
            f"photographs to import: {len(files)}, expected at least {LEAST_PHOTOS}, or a video; "
            f"the {len(frames)} frames that are stored were kept",
            "check the folder to import (--frames)",
            exit_code=BAD_INPUT,
        )
    imported = {one.path for one in (before.objects if before else ())}
    imported |= read_unfinished(job.storage, place, stored).touched
    others = [(path, file) for path, file in files if path in stored and path not in imported]
    lost = _differing(job, [(stored[path], file) for path, file in others], stop)
    if lost:
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        names = ", ".join(f'"{path}"' for path in lost[:5]) + more
        raise StageError(
            "frames/not-imported",
            f"the import would overwrite files that no import has stored: {names}; nothing was changed",
            "use another scene id, or remove those files from the storage",
            exit_code=BAD_INPUT,
        )


def _differing(job: FrameImport, pairs: list[tuple[StoredObject, Path]], stop: StopSignal) -> list[str]:
    """The paths of stored objects whose bytes are not those of the file beside them; fetched to compare."""
    lost = [one.path for one, file in pairs if file.stat().st_size != one.size]
    rest = [(one, file) for one, file in pairs if one.path not in set(lost)]
    folder = job.scratch.with_name(f"{job.scratch.name}-stored")
    wanted = [Wanted(one.path, folder / one.path, one.size, None) for one, _ in rest]
    try:
        there = download_all(job.storage, wanted, stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    here = hash_files([(one.path, file) for one, file in rest], FileStorage.workers, stop)
    lost += [one.entry.path for one, sha256 in zip(here, there, strict=True) if one.entry.sha256 != sha256]
    return sorted(lost)


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
