"""JSON: its type, and the one spelling that is hashed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Union

JsonValue = Union[None, bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"]]  # noqa: UP007


def canonical_json(value: JsonValue) -> bytes:
    """The bytes of `value` with sorted keys and no spaces, as UTF-8; the same for equal values.

    Raises:
        ValueError: a number is not finite, which JSON cannot hold.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
