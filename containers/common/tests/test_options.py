from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom_scene.errors import StageError
from darkroom_scene.options import PRESETS, AllOptions, option_values, parse_options


def stages(options: AllOptions) -> tuple[Any, ...]:
    return (options.sfm, options.train, options.view)


FIELDS = [field for stage in stages(parse_options("preview", {})) for field in dataclasses.fields(stage)]


def test_no_two_stages_share_the_name_of_an_option() -> None:
    names = [field.name for field in FIELDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_default_may_be_given_again(preset: str) -> None:
    options = parse_options(preset, {})
    texts = {name: str(value) for stage in stages(options) for name, value in option_values(stage).items()}
    assert parse_options(preset, texts) == options


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_option_is_documented_and_simple(field: dataclasses.Field[Any]) -> None:
    assert field.metadata["doc"]
    (kind,) = (
        get_type_hints(type(stage))[field.name]
        for stage in stages(parse_options("preview", {}))
        if field.name in {one.name for one in dataclasses.fields(stage)}
    )
    assert kind in (int, float, bool, str)
    if "min" in field.metadata:
        assert kind in (int, float)


@pytest.mark.parametrize(
    "field", [one for one in FIELDS if "min" in one.metadata], ids=lambda field: field.name
)
def test_a_value_below_the_least_is_refused_with_the_range(field: dataclasses.Field[Any]) -> None:
    least = field.metadata["min"]
    assert parse_options("preview", {field.name: str(least)})
    with pytest.raises(StageError) as caught:
        parse_options("preview", {field.name: str(least - 1)})
    assert str(least) in caught.value.message
    assert caught.value.exit_code == 2


def test_everything_that_is_wrong_is_told_at_once_with_the_nearest_name() -> None:
    with pytest.raises(StageError) as caught:
        parse_options("preview", {"stepz": "1", "features": "many", "steps": "nan", "xyzzy": ""})
    problems = caught.value.problems
    assert [problem.code for problem in problems] == [
        "options/unknown", "options/value", "options/value", "options/unknown",
    ]  # fmt: skip
    assert problems[0].hint == 'did you mean "steps"?'
    assert '"many"; expected a whole number' in problems[1].message


@given(st.sampled_from([field.name for field in FIELDS]), st.text(max_size=8))
def test_any_text_is_a_value_or_refused(name: str, text: str) -> None:
    try:
        parse_options("preview", {name: text})
    except StageError as error:
        assert error.code == "options/value"
