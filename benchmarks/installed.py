"""How large the packages are that the service needs, installed anew and less what bin/post_compile sheds."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.service import ROOT


def installed() -> int:
    """Megabytes of requirements.txt in a fresh environment. Asks the package index; raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder, "bin")
        _run([str(programs / "python"), "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"])
        variables = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        return megabytes(_run([str(ROOT / "bin" / "post_compile")], variables))


def megabytes(told: str) -> int:
    """The size in the last line that bin/post_compile writes."""
    return int(told.splitlines()[-1].split()[0])


def _run(command: list[str], variables: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    sys.stderr.write(done.stdout)
    return done.stdout
