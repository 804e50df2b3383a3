"""The installed package: a wheel in a fresh environment does what the clone does, away from the clone."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from importlib.metadata import Distribution, distributions
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from PIL import Image as Pillow
from skimage.data import astronaut

ROOT = Path(__file__).parent.parent
OTHER = shutil.ignore_patterns(".*", "__pycache__", "build", "data", "tests", "work")


def run(folder: Path, *command: str | Path) -> str:
    """What a command prints in a folder. Nothing of the clone is on its way."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel, and with this environment's libraries after it."""
    folder = tmp_path_factory.mktemp("package")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    venv = folder / "venv"
    shutil.copytree(ROOT, folder / "clone", ignore=OTHER)
    run(folder, *pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", ".", "./clone")
    run(folder, sys.executable, "-m", "venv", "--without-pip", venv)
    run(folder, *pip, "--python", venv, "install", "--no-deps", *folder.glob("*.whl"))
    (site_packages(venv) / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    shutil.rmtree(folder / "clone")
    return venv / "bin"


def site_packages(venv: Path) -> Path:
    return venv / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"


@pytest.fixture(scope="module")
def wheel(bin_folder: Path) -> Distribution:
    (found,) = distributions(name="facelab", path=[str(site_packages(bin_folder.parent))])
    return found


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "astronaut.png"
    Pillow.fromarray(astronaut()).save(file)
    return file


def test_python(bin_folder: Path, photo: Path) -> None:
    code = "import facelab; said = facelab.analyze('astronaut.png').faces[0].predictions; "
    code += "print(facelab.__file__, said['emotion'].label)"
    file, label = run(photo.parent, bin_folder / "python", "-c", code).split()
    assert Path(file).is_relative_to(bin_folder.parent)
    assert label == "happy"


def test_console_script(bin_folder: Path, photo: Path) -> None:
    line = json.loads(run(photo.parent, bin_folder / "facelab", "astronaut.png"))
    assert len(line["faces"]) == 1


def test_the_service_finds_its_pages_and_networks(bin_folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from facelab.home import home; sys.path.insert(0, str(home())); from app import create_app; "
        "client = create_app().test_client(); print([client.get(way).status_code for way in sys.argv[1:]])"
    )
    ways = ("/", "/about", "/models", "/sample.jpg", "/static/texts/en.json")
    assert run(tmp_path, bin_folder / "python", "-c", code, *ways) == f"{[200] * 5}\n"


def test_serve(bin_folder: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        place = f"localhost:{free.getsockname()[1]}"
    with subprocess.Popen([bin_folder / "facelab", "serve", "--bind", place], cwd=tmp_path) as service:
        try:
            assert json.loads(answer(f"http://{place}/healthz")) == {"status": "ok"}
            assert b"<title>" in answer(f"http://{place}/")
        finally:
            service.terminate()


def answer(address: str) -> bytes:
    """What comes from an address, once there is something."""
    end = time.monotonic() + 60
    while True:
        try:
            with urlopen(address) as response:  # noqa: S310
                body: bytes = response.read()
                return body
        except URLError:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize("folder", ["models", "static", "templates"])
def test_every_file_of_the_site_is_there(wheel: Distribution, folder: str) -> None:
    expected = {f"facelab/site/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert expected
    assert expected - {str(file) for file in wheel.files or ()} == set()


def test_the_package_is_typed_and_takes_no_other_name(wheel: Distribution) -> None:
    names = {file.parts[0] for file in wheel.files or () if file.parts[0] != ".."}
    assert {name for name in names if not name.endswith(".dist-info")} == {"facelab"}
    assert any(str(file) == "facelab/py.typed" for file in wheel.files or ())


def test_pins_are_those_of_the_lists(wheel: Distribution) -> None:
    expected = set(pins("requirements-service.txt"))
    for extra in ("batch", "film", "ray", "train"):
        expected |= {f'{pin}; extra == "{extra}"' for pin in pins(f"requirements-{extra}.txt")}
    assert set(wheel.requires or ()) == expected


def pins(name: str) -> list[str]:
    return [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
