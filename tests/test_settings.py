"""FACELAB_… variables: what they may be, and that the README tells all of them."""

import re
from pathlib import Path
from typing import Any

import pytest

from facelab.errors import SettingError
from facelab.settings import SETTINGS, settings

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_without_variables() -> None:
    assert settings({"PATH": "/bin"}) == {name: setting.default for name, setting in SETTINGS.items()}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("MAX_BYTES", "200000", 200_000),
        ("MAX_PIXELS", " 1_000_000 ", 1_000_000),
        ("MODELS", "/srv/models", "/srv/models"),
        ("MODELS", "2024", "2024"),
        ("QUEUE", "0", 0),
        ("RATE", "5/second; 100/hour", "5/second; 100/hour"),
        ("RATE_STORE", "redis://cache:6379/0", "redis://cache:6379/0"),
        ("TOKEN", "1234", "1234"),
        ("TOKEN", "dG9rZW4-._~+/==", "dG9rZW4-._~+/=="),
        ("CORS_ORIGINS", "http://[::1]:8000", ["http://[::1]:8000"]),
        ("CORS_ORIGINS", "https://a.example, http://b.example:8080", ["https://a.example", "http://b.example:8080"]),
        ("CORS_ORIGINS", "*", ["*"]),
        ("QUEUE", "32", 32),
        ("QUEUE", "", 8),
    ],
)
def test_good(name: str, text: str, value: Any) -> None:
    assert settings({f"FACELAB_{name}": text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("MAX_BYTES", "10 MB", "FACELAB_MAX_BYTES: a whole number from 100000 to 100000000 was expected, '10 MB' came"),
        ("MAX_BYTES", "0", "FACELAB_MAX_BYTES: .*'0' came"),
        ("MAX_PIXELS", "262144", "FACELAB_MAX_PIXELS: .*'262144' came"),
        ("MAX_PIXELS", "89478485", "FACELAB_MAX_PIXELS: .*came"),
        ("MAX_PIXELS", "4e7", "FACELAB_MAX_PIXELS: .*'4e7' came"),
        ("QUEUE", "33", "FACELAB_QUEUE: a whole number from 0 to 32 was expected, '33' came"),
        ("QUEUE", "-1", "FACELAB_QUEUE: .*'-1' came"),
        ("RATE", "often", "FACELAB_RATE: a rate like .* was expected, 'often' came"),
        ("RATE", "9 per minute; 0 per hour", "FACELAB_RATE: a rate like .* was expected"),
        ("RATE_STORE", "localhost", "FACELAB_RATE_STORE: .* something else came"),
        ("RATE_STORE", "redis://cache:port", "FACELAB_RATE_STORE: .*came"),
        ("RATE_STORE", "memory:", "FACELAB_RATE_STORE: .*came"),
        ("PROXIES", "one", "FACELAB_PROXIES: .*'one' came"),
        ("CORS_ORIGINS", "a.example", "FACELAB_CORS_ORIGINS: .*'a.example' came"),
        ("CORS_ORIGINS", "https://a.example/path", "FACELAB_CORS_ORIGINS: .*came"),
        ("CORS_ORIGINS", "https://a.example,", "FACELAB_CORS_ORIGINS: .*came"),
        ("CORS_ORIGINS", "https://*.a.example", "FACELAB_CORS_ORIGINS: .*came"),
        ("CORS_ORIGINS", "https://", "FACELAB_CORS_ORIGINS: .*came"),
        ("CORS_ORIGINS", "https://user@a.example", "FACELAB_CORS_ORIGINS: .*came"),
        ("TOKEN", "abc=def", "FACELAB_TOKEN: letters, digits .* was expected, something else came"),
        ("TOKEN", "geheim-ü", "FACELAB_TOKEN: .*something else came"),
        ("QUEU", "3", "one of FACELAB_MAX_BYTES, .*FACELAB_QUEUE.* was expected, FACELAB_QUEU is set"),
    ],
)
def test_bad(name: str, text: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        settings({f"FACELAB_{name}": text})


def test_the_readme_tells_each_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `FACELAB_(\w+)` \|(.*?)\|", README, re.MULTILINE))
    defaults = {name: str(setting.default) for name, setting in SETTINGS.items()}
    assert {name: text.strip("` ") for name, text in rows.items()} == defaults


@pytest.mark.parametrize("name", ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8000_TCP_ADDR"])
def test_what_kubernetes_says_of_a_service_is_no_setting(name: str) -> None:
    assert settings({f"FACELAB_{name}": "tcp://10.0.0.1:8000"}) == settings({})
