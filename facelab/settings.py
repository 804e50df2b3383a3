"""The settings: FACELAB_… variables, each checked before anything starts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from facelab import detectors, guard, images, places
from facelab.errors import SettingError

PREFIX = "FACELAB_"
# What Kubernetes sets in every container beside a service that is named facelab.
OF_KUBERNETES = re.compile(r"(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What holds without a variable, what is made of its text (`read` raises ValueError), and what was expected."""

    default: Any
    read: Callable[[str], Any] = str
    expected: str = "a text"
    secret: bool = False


def whole(default: int, low: int, high: int) -> Setting:
    """A whole number between two."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return Setting(default=default, read=read, expected=f"a whole number from {low} to {high}")


def one_of(*names: str) -> Setting:
    """One of some names, the first if nothing is said."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError
        return text

    return Setting(default=names[0], read=read, expected=" or ".join(names))


SETTINGS: Mapping[str, Setting] = {
    # The probe has to fit, and Pillow warns of more pixels.
    "MAX_BYTES": whole(images.MAX_BYTES, 100_000, 100_000_000),
    "MAX_PIXELS": whole(images.MAX_PIXELS, 300_000, 89_000_000),
    "MODELS": Setting(default="models", expected="a folder"),
    "FINDER": one_of(*detectors.NAMES),
    "QUEUE": whole(places.WAITING, 0, places.MOST_WAITING),
    "RATE": Setting(default="1200 per minute", read=guard.rate, expected='a rate like "20 per second; 600 per minute"'),
    "RATE_STORE": Setting(
        default="memory://", read=guard.store, expected="memory:// or redis://HOST:PORT/NUMBER", secret=True
    ),
    "PROXIES": whole(0, 0, 10),
    "TOKEN": Setting(default="", read=guard.token, expected="letters, digits and -._~+/", secret=True),
    "CORS_ORIGINS": Setting(
        default="", read=guard.origins, expected="* or origins like https://a.example, http://b.example"
    ),
}


def settings(variables: Mapping[str, str]) -> dict[str, Any]:
    """Every setting by its name without FACELAB_. An empty variable counts as none.

    Raises SettingError for a value that does not fit, and for a FACELAB_… variable that is no setting.
    """
    given = {name.removeprefix(PREFIX): text for name, text in variables.items() if name.startswith(PREFIX)}
    for name in given:
        if name not in SETTINGS and not OF_KUBERNETES.match(name):
            known = ", ".join(PREFIX + setting for setting in SETTINGS)
            raise SettingError(f"one of {known} was expected, {PREFIX}{name} is set")
    return {name: _value(name, setting, given.get(name, "").strip()) for name, setting in SETTINGS.items()}


def _value(name: str, setting: Setting, text: str) -> Any:
    if not text:
        return setting.default
    try:
        return setting.read(text)
    except ValueError:
        came = "something else" if setting.secret else repr(text)
        raise SettingError(f"{PREFIX}{name}: {setting.expected} was expected, {came} came") from None
