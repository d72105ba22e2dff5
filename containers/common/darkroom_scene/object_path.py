"""Names in a storage: which are safe as a path of every storage."""

from __future__ import annotations

import re

from darkroom_scene.errors import BAD_INPUT, StageError

RESERVED = ".darkroom-"
"""What the names of unfinished files begin with; no object may be called so."""

LONGEST_NAME = 255
LONGEST_PATH = 1024
"""Bytes of UTF-8: the limits of Linux file systems and of S3 keys."""

SCENE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_path(path: str) -> str:
    """`path` as it is, byte for byte, when it is relative, stays inside and has one spelling only.

    Raises:
        StageError: `storage/bad-name` with what is wrong about it.
    """
    wrong = _wrong(path)
    if wrong:
        raise StageError(
            "storage/bad-name", f'the name "{_printable(path)}" {wrong}', "rename the file, then run again"
        )
    return path


def checked_scene(scene: str) -> str:
    """`scene` when it may be part of paths and keys.

    Raises:
        StageError: `scene/bad-id`, exit code 2.
    """
    if not SCENE_ID.fullmatch(scene) or ".." in scene:
        raise StageError(
            "scene/bad-id",
            f'"{_printable(scene)}" cannot name a scene; expected 1 to 64 letters, digits, ".", "_" and "-", '
            'the first a letter or digit, without ".."',
            "choose another SCENE_ID (--scene)",
            exit_code=BAD_INPUT,
        )
    return scene


def _wrong(path: str) -> str:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "is not UTF-8"
    segments = path.split("/")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        return "holds a control character"
    if "\\" in path:
        return "holds a backslash"
    if path.startswith("/"):
        return "begins with a slash"
    if "" in segments:
        return "has an empty part"
    if ".." in segments or "." in segments:
        return 'has a part "." or ".."'
    if any(segment.startswith(RESERVED) for segment in segments):
        return f'has a part that begins with "{RESERVED}", which is kept for unfinished files'
    if size > LONGEST_PATH or any(len(segment.encode()) > LONGEST_NAME for segment in segments):
        return f"is longer than {LONGEST_NAME} bytes a part or {LONGEST_PATH} in all"
    return ""


def _printable(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return shown if len(shown) <= 200 else shown[:200] + "…"
