"""What Heroku and Docker are told: that all of it exists, suffices and starts."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import flask
import pytest

from benchmarks.service import ROOT, ask, gunicorn
from facelab.settings import SETTINGS

PYTHON = (ROOT / ".python-version").read_text().strip()


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's lines as an instruction and its arguments."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def arguments(instruction: str) -> list[str]:
    return [rest for word, rest in instructions() if word == instruction]


def copied() -> list[str]:
    """What the Dockerfile copies from here."""
    return [source for rest in arguments("COPY") if "--from" not in rest for source in rest.split()[:-1]]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder that the Dockerfile's COPYs make."""
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path)
    return tmp_path


def test_the_python_is_the_same_everywhere() -> None:
    assert {rest.split()[0] for rest in arguments("FROM")} == {f"python:{PYTHON}-slim"}
    assert f'python_version = "{PYTHON}"' in (ROOT / "pyproject.toml").read_text()


def test_nothing_that_is_copied_is_ignored() -> None:
    first, *kept = (ROOT / ".dockerignore").read_text().split()
    assert first == "*"
    assert {f"!{source}" for source in copied()} == {line for line in kept if line.startswith("!")}


def test_it_does_not_run_as_root() -> None:
    (user,) = arguments("USER")
    assert any(rest.startswith("useradd") and rest.endswith(f" {user}") for rest in arguments("RUN"))
    assert user != "root"


def test_what_it_runs_is_there(image: Path) -> None:
    """Programs of the image, of its virtual environment, or of its files."""
    for rest in arguments("RUN"):
        program, *words = shlex.split(rest)
        assert program in ("python", "pip", "useradd") or os.access(image / program, os.X_OK)
        assert all((image / word).exists() for word in words if word.endswith(".txt"))


@pytest.mark.parametrize("below", ["", "/faces"])
def test_its_files_suffice_and_its_health_is_seen(below: str, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *words = json.loads(arguments("CMD")[0])
    _, *check = json.loads(arguments("HEALTHCHECK")[0].partition(" CMD ")[2])
    assert program == "gunicorn"
    monkeypatch.setenv("SCRIPT_NAME", below)
    with gunicorn(*words, cwd=image) as (port, _):
        assert ask(port, "GET", f"{below}/readyz").status == 200
        assert ask(port, "GET", f"{below}/").status == 200
        variables = {**os.environ, "PORT": str(port)}
        assert subprocess.run([sys.executable, *check], env=variables, check=False).returncode == 0
    dead = subprocess.run([sys.executable, *check], env=variables, stderr=subprocess.DEVNULL, check=False)
    assert dead.returncode != 0


@pytest.mark.parametrize("port", ["99999", "-1", "abc"])
def test_a_port_that_is_none(port: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "facelab", "serve"],
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stderr == f"PORT: a whole number from 0 to 65535 was expected, {port!r} came\n"


def test_heroku_starts_the_same_behind_one_proxy() -> None:
    ((kind, start),) = re.findall(r"^(\w+): (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert kind == "web"
    set_by, *words = shlex.split(start)
    assert set_by == "FACELAB_PROXIES=${FACELAB_PROXIES:-1}"
    assert words == json.loads(arguments("CMD")[0])


def test_heroku_is_told_of_settings_that_exist() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    assert {name.removeprefix("FACELAB_") for name in app["env"]} <= set(SETTINGS)
    assert not any(setting.get("required", True) for setting in app["env"].values())
    assert set(app["formation"]) == {"web"}
    assert "https://www.heroku.com/deploy" in (ROOT / "README.md").read_text()


def test_heroku_installs_what_was_tested() -> None:
    """Its buildpack knows requirements.txt alone."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert lines[1:] == ["--constraint constraints.txt", "--requirement requirements-service.txt"]
    assert {"constraints.txt", "requirements-service.txt"} <= set(copied())


def test_nothing_that_is_served_is_left_out_of_the_slug() -> None:
    left_out = (ROOT / ".slugignore").read_text().split()
    for source in copied():
        assert not any(fnmatch.fnmatch(f"/{source}", pattern) for pattern in left_out)


SHED = (
    "ai_edge_litert/tools",
    "ai_edge_litert/vendors",
    "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
    "cv2/data/haarcascade_eye.xml",
    "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    "face_recognition_models/models/mmod_human_face_detector.dat",
    "face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
    "cv2/__pycache__",
    "scipy/stats",
    "scipy/optimize",
    "scipy.libs",
    "networkx",
    "skimage/data",
)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The installed packages: copies of those that lose most, links to the others."""
    installed = Path(flask.__file__).parent.parent
    copies = {Path(name).parts[0] for name in SHED}
    for package in installed.iterdir():
        if package.name in copies:
            shutil.copytree(package, tmp_path / package.name)
        else:
            (tmp_path / package.name).symlink_to(package)
    (tmp_path / "cv2" / "__pycache__").mkdir(exist_ok=True)
    return tmp_path


def test_the_service_starts_without_what_is_shed(packages: Path) -> None:
    assert [name for name in SHED if not (packages / name).exists()] == []
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"FACELAB_TOKEN": "sesame", "FACELAB_RATE": "1 per hour"}  # which Heroku hands to the build too
    variables = {**os.environ, **settings, "PATH": path, "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([ROOT / "bin" / "post_compile", packages], cwd=ROOT, env=variables, check=True)
    assert [name for name in SHED if (packages / name).exists()] == []
