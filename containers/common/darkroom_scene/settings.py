"""What a stage is asked to do: its environment variables, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import BAD_INPUT, Problem, StageError
from darkroom_scene.manifest import Image
from darkroom_scene.object_path import checked_scene
from darkroom_scene.options import AllOptions, parse_options

INPUT_TYPES = ("images", "video")


@dataclass(frozen=True)
class Settings:
    """The environment of a stage; addresses as they were given, empty texts as None."""

    storage: str
    scene: str
    options: AllOptions
    seed: int
    frames: str | None
    input_type: str | None
    baseline: Path | None
    image: Image
    input_keys: Mapping[str, str]
    """Keys that the stages before it gave; another run may have replaced what they made."""
    notices: tuple[str, ...]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ` (the README has the table).

    Raises:
        StageError: exit code 2, with every variable that is missing or wrong.
    """
    problems: list[Problem] = []

    def text(name: str) -> str | None:
        return environ.get(name, "").strip() or None

    storage = text("STORAGE") or (f"s3://{text('BUCKET')}" if text("BUCKET") else None)
    if storage is None:
        problems.append(
            Problem("settings/storage", "STORAGE is not set", "expected file:///folder or s3://bucket/prefix")
        )
    scene = environ.get("SCENE_ID", "")
    options: AllOptions | None = None
    seed = _seed(text("SEED") or "0", problems)
    try:
        checked_scene(scene)
    except StageError as error:
        problems.extend(error.problems)
    try:
        options = parse_options(text("PRESET") or "preview", _overrides(text("OPTIONS"), text("ITERATIONS")))
    except StageError as error:
        problems.extend(error.problems)
    input_type = text("INPUT_TYPE")
    if input_type is not None and input_type not in INPUT_TYPES:
        problems.append(
            Problem("settings/input-type", f'INPUT_TYPE is "{input_type}"', "expected images or video")
        )
    baseline = Path(environ["BASELINE"]) if text("BASELINE") else None
    if baseline is not None and not baseline.is_file():
        problems.append(Problem("settings/baseline", f"BASELINE: there is no file {baseline}"))
    if problems or options is None or storage is None:
        raise StageError.of(problems, exit_code=BAD_INPUT)
    image = Image(text("IMAGE_KEY"), text("IMAGE_DIGEST"))
    keys = _texts("INPUT_KEYS", text("INPUT_KEYS"))
    return Settings(
        storage, scene, options, seed, text("FRAMES"), input_type, baseline, image, keys, _notices(environ)
    )


def _overrides(options: str | None, iterations: str | None) -> dict[str, str]:
    values = _texts("OPTIONS", options)
    if iterations is not None and values.setdefault("steps", iterations) != iterations:
        raise StageError(
            "options/steps",
            f'ITERATIONS is "{iterations}" and the option "steps" is "{values["steps"]}"; they mean the same',
            "set one of them",
            exit_code=BAD_INPUT,
        )
    return values


def _texts(name: str, value: str | None) -> dict[str, str]:
    try:
        values = json.loads(value or "{}")
    except ValueError as error:
        raise StageError("options/json", f"{name} is not JSON: {error}", exit_code=BAD_INPUT) from error
    if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
        raise StageError("options/json", f"{name} is not a JSON object of strings", exit_code=BAD_INPUT)
    return values


def _seed(value: str, problems: list[Problem]) -> int:
    if value.isascii() and value.isdecimal() and int(value) < 1 << 31:
        return int(value)
    problems.append(
        Problem("settings/seed", f'SEED is "{value}"', "expected a whole number from 0 to 2147483647")
    )
    return 0


def _notices(environ: Mapping[str, str]) -> tuple[str, ...]:
    unused = [name for name in ("SCENES_TABLE", "SFN_TASK_TOKEN") if environ.get(name)]
    if not unused:
        return ()
    return (f"{' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} set and not used by this version",)
