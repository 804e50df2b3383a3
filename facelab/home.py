"""Where app.py, the networks and the pages lie."""

from pathlib import Path


def home() -> Path:
    """The top of the repository in a clone; `facelab/site`, which holds the same, where facelab is installed."""
    package = Path(__file__).parent
    installed = package / "site"
    return installed if installed.is_dir() else package.parent
