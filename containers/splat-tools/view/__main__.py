"""The command of the image: `python3 -m view`; its environment is in containers/common/README.md."""

import sys

from darkroom_scene.stage import run_stage
from view.view_stage import STAGE

sys.exit(run_stage(STAGE))
