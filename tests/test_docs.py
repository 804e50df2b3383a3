"""The pages for who carries facelab on say what is so."""

import json
import re
import shlex
from pathlib import Path

import pytest

import facelab
from training import tasks
from training.__main__ import parser

ROOT = Path(__file__).parent.parent
CARDS = [json.loads(card.read_text()) for card in sorted((ROOT / "models").glob("*.json"))]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LISTS = sorted(ROOT.glob("requirements*.txt"))


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_between_pages(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("module", sorted(path.name for path in (ROOT / "facelab").glob("*.py")))
def test_the_readme_names_each_module(module: str) -> None:
    assert f"`facelab/{module}`" in text("README.md")


@pytest.mark.parametrize("card", CARDS, ids=[card["name"] for card in CARDS])
def test_what_is_permitted_is_said_of_each_network_and_data_set(card: dict[str, dict[str, str]]) -> None:
    page = text("docs/licences.md")
    assert f"`models/{card['name']}.tflite`" in page
    assert [data for data in card["data"] if data not in page] == []


def test_the_changelog_has_the_version() -> None:
    assert re.search(rf"^## {re.escape(facelab.__version__)}\b", text("CHANGELOG.md"), re.MULTILINE)


@pytest.mark.parametrize("command", re.findall(r"make ([\w-]+)", "".join(page.read_text() for page in PAGES)))
def test_each_make_command_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", text("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("file", LISTS, ids=[file.name for file in LISTS])
def test_each_pin_is_in_the_constraints(file: Path) -> None:
    """`make pins` renews them."""
    pinned = {line.split()[0] for line in text("constraints.txt").splitlines() if line and line[0] != "#"}
    pins = {line for line in file.read_text().splitlines() if line and line[0] not in "#-"}
    assert all("==" in pin for pin in pins)
    assert pins - pinned == set()


@pytest.mark.parametrize("name", ["README.md", "docs/training.md"])
def test_each_command_of_the_training_can_be_given(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(ROOT / "tests" / "training" / "tasks")])
    commands = re.findall(r"\.venv/bin/python -m training ([^`#\n]*)", text(name))
    assert len(commands) >= 4
    for command in commands:
        assert callable(parser().parse_args(shlex.split(command)).run)


def test_the_page_of_the_training_has_every_command() -> None:
    page = text("docs/training.md")
    (commands,) = [action.choices for action in parser()._actions if action.choices]
    assert [command for command in commands if f"-m training {command}" not in page] == []
