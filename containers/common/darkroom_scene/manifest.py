"""The manifest of a stage: what it made, from what, with what."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from darkroom_scene.errors import Problem, StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.json_value import JsonValue
from darkroom_scene.object_path import checked_path
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import file_sha256, run_all

VERSION = 1
HEX64 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ObjectEntry:
    """An object: its path below the folder of the manifest, bytes, sha256 in hexadecimal."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Image:
    """The container image that made it: content key and digest, where they are known."""

    key: str | None
    digest: str | None


@dataclass(frozen=True)
class Manifest:
    """What a stage made of a scene, in how many `seconds`, with `peak_mb` of memory (RSS)."""

    stage: str
    scene: str
    key: str
    objects: tuple[ObjectEntry, ...]
    options: Mapping[str, JsonValue]
    seed: int
    versions: Mapping[str, str]
    image: Image
    seconds: float
    peak_mb: float
    summary: Mapping[str, JsonValue]


def write_manifest(storage: Storage, path: str, manifest: Manifest) -> None:
    """Store the manifest; the last thing that is written."""
    body = {"version": VERSION, **asdict(manifest)}
    storage.write_document(
        path, json.dumps(body, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"
    )


def read_manifest(storage: Storage, path: str) -> Manifest | None:
    """The manifest at `path`, checked field by field; nothing when there is none.

    Raises:
        StageError: `storage/bad-manifest` with everything that is wrong in it.
    """
    document = storage.read_document(path)
    return None if document is None else parse_manifest(document.data, f"{storage.url}/{path}")


def parse_manifest(data: bytes, place: str) -> Manifest:
    """The manifest in `data`.

    Raises:
        StageError: `storage/bad-manifest` with everything that is wrong, said of `place`.
    """
    try:
        body = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _bad(place, [f"is not JSON ({error})"]) from error
    if not isinstance(body, dict) or body.get("version") != VERSION:
        raise _bad(place, [f"is not a manifest of version {VERSION}"])
    wrong = [f"has no usable {name}" for name, valid in _FIELDS.items() if not valid(body.get(name))]
    objects = [] if "has no usable objects" in wrong else [_entry(one, wrong) for one in body["objects"]]
    if wrong:
        raise _bad(place, wrong)
    entries = tuple(entry for entry in objects if entry)
    wrong = _collisions([entry.path for entry in entries])
    if wrong:
        raise _bad(place, wrong)
    image = Image(body["image"].get("key"), body["image"].get("digest"))
    fields = {name: body[name] for name in _FIELDS if name not in ("objects", "image")}
    return Manifest(**fields, objects=entries, image=image)


def whole(storage: Storage, folder: str, manifest: Manifest, stop: StopSignal) -> list[str]:
    """What is wrong with the stored objects of a manifest: missing, of another size, or altered.

    In a folder every object is read and its sha256 compared. In S3 existence and size are all that is judged:
    an object of the same size that was altered there is found by whoever reads it.
    """
    missing = _gaps(storage, folder, manifest)
    there = [one for one in manifest.objects if one.path not in missing]
    changed = altered(storage, folder, there, stop)
    again = "was altered since it was stored: it has another sha256"
    wrong = {**missing, **{path: f'"{folder}{path}" {again}' for path in changed}}
    return [wrong[one.path] for one in manifest.objects if one.path in wrong]


def altered(storage: Storage, folder: str, entries: Iterable[ObjectEntry], stop: StopSignal) -> set[str]:
    """The paths of stored objects whose sha256 is not the one of their entry; none in S3, see `whole`."""
    if not isinstance(storage, FileStorage):
        return set()

    def differs(entry: ObjectEntry) -> bool:
        file = storage.local(folder + entry.path)
        try:
            return file_sha256(file, stop) != entry.sha256
        except OSError as error:
            raise file_problem(error, "reading", file) from error

    several = list(entries)
    differing = run_all(several, differs, storage.workers, stop)
    return {entry.path for entry, differ in zip(several, differing, strict=True) if differ}


def gaps(storage: Storage, folder: str, manifest: Manifest) -> list[str]:
    """Which stored objects of a manifest are missing or have another size; no object is read."""
    return list(_gaps(storage, folder, manifest).values())


def _gaps(storage: Storage, folder: str, manifest: Manifest) -> dict[str, str]:
    stored = {one.path: one.size for one in storage.objects(folder)}
    wrong = {}
    for entry in manifest.objects:
        size = stored.get(folder + entry.path)
        if size is None:
            wrong[entry.path] = f'"{folder}{entry.path}" is missing'
        elif size != entry.size:
            wrong[entry.path] = f'"{folder}{entry.path}" has {size} bytes, expected {entry.size}'
    return wrong


def _entry(value: object, wrong: list[str]) -> ObjectEntry | None:
    if isinstance(value, dict):
        path, size, sha256 = value.get("path"), value.get("size"), value.get("sha256")
        if (
            isinstance(path, str)
            and isinstance(size, int)
            and _is_count(size)
            and isinstance(sha256, str)
            and HEX64.fullmatch(sha256)
        ):
            try:
                return ObjectEntry(checked_path(path), size, sha256)
            except StageError as error:
                wrong.append(f"lists an object: {error.message}")
                return None
    wrong.append(f"lists {json.dumps(value)[:120]}, which is no object")
    return None


def _collisions(paths: list[str]) -> list[str]:
    """Paths that cannot be files side by side: the same twice, or a file that is also a folder."""
    seen = set(paths)
    wrong = [f'lists "{path}" twice' for path in seen if len(seen) < len(paths) and paths.count(path) > 1]
    for path in seen:
        parts = path.split("/")
        folders = ("/".join(parts[:count]) for count in range(1, len(parts)))
        wrong += [f'lists "{folder}" and "{path}", a file inside it' for folder in folders if folder in seen]
    return sorted(wrong)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_amount(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_image(value: object) -> bool:
    return isinstance(value, dict) and all(
        value.get(name) is None or isinstance(value[name], str) for name in ("key", "digest")
    )


_FIELDS: dict[str, Callable[[object], bool]] = {
    "stage": lambda value: isinstance(value, str) and value != "",
    "scene": lambda value: isinstance(value, str) and value != "",
    "key": lambda value: isinstance(value, str) and HEX64.fullmatch(value) is not None,
    "objects": lambda value: isinstance(value, list),
    "options": lambda value: isinstance(value, dict),
    "seed": _is_count,
    "versions": _is_texts,
    "image": _is_image,
    "seconds": _is_amount,
    "peak_mb": _is_amount,
    "summary": lambda value: isinstance(value, dict),
}


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _bad(place: str, wrong: list[str]) -> StageError:
    hint = "run the stage that wrote it again: delete the manifest first"
    return StageError.of([Problem("storage/bad-manifest", f"{place} {one}", hint) for one in wrong[:20]])
