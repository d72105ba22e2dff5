from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom_scene.errors import StageError
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.manifest import (
    Image,
    Manifest,
    ObjectEntry,
    gaps,
    parse_manifest,
    read_manifest,
    whole,
    write_manifest,
)
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import Storage

ENTRY = {"path": "images/a ü.jpg", "size": 3, "sha256": "0" * 64}
GOOD: dict[str, Any] = {
    "version": 1,
    "stage": "sfm",
    "scene": "lund",
    "key": "a" * 64,
    "objects": [ENTRY],
    "options": {"max_features": 8192},
    "seed": 0,
    "versions": {"pycolmap": "4.1.1"},
    "image": {"key": None, "digest": "sha256:1"},
    "seconds": 61.2,
    "peak_mb": 812.0,
    "summary": {"images": 29},
}


def parsed(**changes: object) -> Manifest:
    return parse_manifest(json.dumps({**GOOD, **changes}).encode(), "here")


def test_a_manifest_comes_back_as_it_was_written(storage: Storage) -> None:
    manifest = Manifest(
        "sfm",
        "lund",
        "a" * 64,
        (ObjectEntry("images/a ü.jpg", 3, "0" * 64),),
        {"o": 1},
        7,
        {"python": "3.11"},
        Image("k", None),
        1.5,
        20.0,
        {"list": [1, None, "é"]},
    )
    write_manifest(storage, "m.json", manifest)
    assert read_manifest(storage, "m.json") == manifest
    assert read_manifest(storage, "none.json") is None


@pytest.mark.parametrize("field", sorted(GOOD))
def test_no_field_may_be_left_out(field: str) -> None:
    with pytest.raises(StageError) as caught:
        parse_manifest(
            json.dumps({name: value for name, value in GOOD.items() if name != field}).encode(), "here"
        )
    assert field in caught.value.message
    assert caught.value.message.startswith("here ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2),
        ("stage", ""),
        ("stage", 1),
        ("scene", None),
        ("key", "A" * 64),
        ("key", "a" * 63),
        ("objects", {}),
        ("objects", [1]),
        ("objects", [{**ENTRY, "size": -1}]),
        ("objects", [{**ENTRY, "size": True}]),
        ("objects", [{**ENTRY, "size": 1.5}]),
        ("objects", [{**ENTRY, "sha256": "x"}]),
        ("objects", [{**ENTRY, "path": 3}]),
        ("objects", [ENTRY, ENTRY]),
        ("objects", [ENTRY, {**ENTRY, "path": "images"}]),
        ("options", []),
        ("seed", -1),
        ("seed", "0"),
        ("seed", True),
        ("versions", {"a": 1}),
        ("image", None),
        ("image", {"key": 3}),
        ("seconds", -1),
        ("seconds", "1"),
        ("peak_mb", None),
        ("summary", None),
    ],
)
def test_every_field_is_checked(field: str, value: object) -> None:
    with pytest.raises(StageError) as caught:
        parsed(**{field: value})
    assert caught.value.code == "storage/bad-manifest"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "a//b", "a\\b", "a\0b", "", "./a", ".darkroom-lock"]
)
def test_a_path_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(StageError):
        parsed(objects=[{**ENTRY, "path": path}])


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(StageError) as caught:
        parsed(key="x", seed=-1, summary=3)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"nan", b'{"version":1,"seconds":NaN}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_manifest_is_told(data: bytes) -> None:
    with pytest.raises(StageError) as caught:
        parse_manifest(data, "here")
    assert caught.value.code == "storage/bad-manifest"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(GOOD)), json_values)
def test_any_other_value_is_taken_or_refused_but_never_a_crash(field: str, value: object) -> None:
    try:
        parsed(**{field: value})
    except StageError as error:
        assert error.code == "storage/bad-manifest"


SHA256 = hashlib.sha256(b"123").hexdigest()


def test_gaps_are_named(storage: Storage, stop: StopSignal) -> None:
    names = ("gone", "short", "good")
    manifest = parsed(objects=[{**ENTRY, "path": name, "sha256": SHA256} for name in names])
    storage.write_document("colmap/lund/short", b"1")
    storage.write_document("colmap/lund/good", b"123")
    wrong = whole(storage, "colmap/lund/", manifest, stop)
    assert [("gone" in text, "short" in text) for text in wrong] == [(True, False), (False, True)]
    assert gaps(storage, "colmap/lund/", manifest) == wrong


def test_an_object_that_was_altered_is_named_in_a_folder_and_not_seen_in_s3(
    storage: Storage, stop: StopSignal
) -> None:
    names = ("gone", "altered", "good")
    manifest = parsed(objects=[{**ENTRY, "path": name, "sha256": SHA256} for name in names])
    storage.write_document("colmap/lund/altered", b"12X")
    storage.write_document("colmap/lund/good", b"123")
    wrong = whole(storage, "colmap/lund/", manifest, stop)
    assert wrong[0] == '"colmap/lund/gone" is missing'
    expected = ['"colmap/lund/altered" was altered since it was stored: it has another sha256']
    assert wrong[1:] == (expected if isinstance(storage, FileStorage) else [])
    assert len(gaps(storage, "colmap/lund/", manifest)) == 1


def test_a_stop_ends_the_comparison(tmp_path: Path, stop: StopSignal) -> None:
    storage = FileStorage(tmp_path)
    storage.write_document("good", b"123")
    stop.request("SIGTERM")
    with pytest.raises(Stopped):
        whole(storage, "", parsed(objects=[{**ENTRY, "path": "good", "sha256": SHA256}]), stop)
