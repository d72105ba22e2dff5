"""The options of all stages: their defaults per preset, and what a person set with `--set key=value`."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from darkroom_scene.errors import BAD_INPUT, Problem, StageError
from darkroom_scene.json_value import JsonValue

if TYPE_CHECKING:
    from darkroom_scene.sfm_options import SfmOptions
    from darkroom_scene.train_options import TrainOptions
    from darkroom_scene.view_options import ViewOptions

Options = TypeVar("Options")

PRESETS = ("preview", "standard", "high")
YES = ("true", "yes", "on", "1")
NO = ("false", "no", "off", "0")


@dataclass(frozen=True)
class AllOptions:
    """The options of every stage, fully resolved."""

    sfm: SfmOptions
    train: TrainOptions
    view: ViewOptions


def parse_options(preset: str, overrides: Mapping[str, str]) -> AllOptions:
    """The options of `preset` with `overrides` put over them.

    Args:
        preset: one of `PRESETS`.
        overrides: option name to text, of any stage; a name belongs to one stage only.

    Raises:
        StageError: `options/…`, exit code 2, with every unknown name and every value that is not allowed.
    """
    from darkroom_scene.sfm_options import SfmOptions
    from darkroom_scene.train_options import TrainOptions
    from darkroom_scene.view_options import ViewOptions

    if preset not in PRESETS:
        raise StageError(
            "options/preset",
            f'"{preset}" is no preset; expected {_listed(PRESETS)}',
            _nearest(preset, PRESETS),
            exit_code=BAD_INPUT,
        )
    sfm, train, view = SfmOptions.preset(preset), TrainOptions.preset(preset), ViewOptions.preset(preset)
    values, problems = _read_overrides((sfm, train, view), overrides)
    if problems:
        raise StageError.of(problems, exit_code=BAD_INPUT)
    return AllOptions(_put_over(sfm, values), _put_over(train, values), _put_over(view, values))


def option_values(options: Any) -> dict[str, JsonValue]:  # noqa: ANN401
    """Every option of one stage by name, as it enters the stage key."""
    return dict(sorted(dataclasses.asdict(options).items()))


def _read_overrides(
    stages: tuple[Any, ...], overrides: Mapping[str, str]
) -> tuple[dict[str, JsonValue], list[Problem]]:
    fields = {
        field.name: (field, get_type_hints(type(stage))[field.name])
        for stage in stages
        for field in dataclasses.fields(stage)
    }
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, text in overrides.items():
        if name not in fields:
            problems.append(
                Problem("options/unknown", f'there is no option "{name}"', _nearest(name, fields))
            )
            continue
        field, kind = fields[name]
        try:
            values[name] = _in_range(_parse(text.strip(), kind), field.metadata)
        except ValueError as error:
            message = f'option "{name}" is "{text}"; expected {error}'
            problems.append(Problem("options/value", message, str(field.metadata.get("doc", ""))))
    return values, problems


def _put_over(options: Options, values: Mapping[str, JsonValue]) -> Options:
    stage: Any = options
    names = {field.name for field in dataclasses.fields(stage)}
    changed: Options = dataclasses.replace(stage, **{name: values[name] for name in values if name in names})
    return changed


def _parse(text: str, kind: type) -> int | float | bool | str:
    if kind is bool:
        if text.lower() not in YES + NO:
            raise ValueError("true or false")
        return text.lower() in YES
    if kind is str:
        return text
    try:
        number: int | float = int(text) if kind is int else float(text)
    except ValueError:
        raise ValueError("a whole number" if kind is int else "a number") from None
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def _in_range(value: int | float | bool | str, limits: Mapping[str, Any]) -> int | float | bool | str:
    choices = limits.get("choices")
    if choices is not None and value not in choices:
        raise ValueError(_listed([str(choice) for choice in choices]))
    least, most = limits.get("min"), limits.get("max")
    if isinstance(value, str | bool):
        return value
    if (least is not None and value < least) or (most is not None and value > most):
        raise ValueError(_range(least, most))
    return value


def _range(least: float | None, most: float | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"{least} to {most}"


def _nearest(name: str, names: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"there are {_listed(sorted(names))}"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
