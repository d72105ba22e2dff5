"""Names that COLMAP can be given: its lists of pairs are split at spaces."""

from __future__ import annotations

import re
from urllib.parse import unquote

UNSAFE = re.compile(r"[\s%#\"']")


def working_name(name: str) -> str:
    """The name with white space, quotes, "#" and "%" as %XX; `original_name` turns it back."""
    return UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)


def original_name(name: str) -> str:
    """The name that `working_name` was made from."""
    return unquote(name)
