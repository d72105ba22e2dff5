"""Builds the rasteriser's library where the image has not done so."""

from __future__ import annotations

import subprocess
from pathlib import Path

NATIVE = Path(__file__).parents[1] / "native"
if (NATIVE / "Makefile").exists():
    subprocess.run(["make", "--silent", "--directory", str(NATIVE)], check=True)
