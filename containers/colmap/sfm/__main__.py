"""The command of the image: `python3 -m sfm`."""

import sys

from darkroom_scene.stage import run_stage
from sfm.sfm_stage import STAGE

if __name__ == "__main__":
    sys.exit(run_stage(STAGE))
