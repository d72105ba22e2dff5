from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from darkroom_scene.json_value import canonical_json
from darkroom_scene.stage_key import KeyParts, stage_key

PARTS = KeyParts(
    "sfm", (("b.jpg", "2" * 64), ("a é.jpg", "1" * 64)), {"max_features": 8192, "blur": 0.5}, 0, "f" * 64
)


def test_the_key_is_the_sha256_of_the_written_specification() -> None:
    text = (
        '{"device":"cpu","image":"'
        + "f" * 64
        + '","inputs":[["a é.jpg","'
        + "1" * 64
        + '"],["b.jpg","'
        + "2" * 64
        + '"]],"options":{"blur":0.5,"max_features":8192},"seed":0,"spec":"darkroom-scene/1","stage":"sfm"}'
    )
    assert stage_key(PARTS) == hashlib.sha256(text.encode()).hexdigest()


def test_order_does_not_matter() -> None:
    turned = replace(PARTS, inputs=PARTS.inputs[::-1], options=dict(reversed(list(PARTS.options.items()))))
    assert stage_key(turned) == stage_key(PARTS)


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "train"},
        {"inputs": PARTS.inputs[:1]},
        {"inputs": (("a e\u0301.jpg", "1" * 64), PARTS.inputs[0])},
        {"options": {"max_features": 8192, "blur": 0.6}},
        {"options": {"max_features": 8192}},
        {"seed": 1},
        {"image": None},
    ],
)
def test_everything_that_goes_in_changes_the_key(change: dict[str, object]) -> None:
    assert stage_key(replace(PARTS, **change)) != stage_key(PARTS)  # type: ignore[arg-type]


def test_a_number_that_json_cannot_hold_has_no_key() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": float("nan")})
