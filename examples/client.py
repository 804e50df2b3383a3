"""Asks a facelab service what is apparent in photographs: a line of JSON for each. Needs nothing but Python.

As a module: `predict(picture, url)`. It waits where the service asks for patience (429, 503).
"""

import argparse
import json
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TRIES = 5


class Refused(Exception):
    """The service answered with an error, whose message this is, or its address is none."""


def predict(picture: bytes, url: str, *, token: str = "", **query: str) -> dict[str, Any]:
    """The answer to a picture's bytes. `query`: networks, crop, explain. Raises Refused, or OSError without answer."""
    headers = {"Content-Type": "image/*", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError
        request = Request(f"{url.rstrip('/')}/predict?{urlencode(query)}", picture, headers)  # noqa: S310
    except ValueError:
        raise Refused(f"an address http://… or https://… was expected, {url} came") from None
    for last in (*[False] * (TRIES - 1), True):
        try:
            with urlopen(request, timeout=60) as response:  # noqa: S310
                return json.load(response)
        except (HTTPException, ValueError) as error:
            raise Refused(f"an answer of facelab was expected, something else or a part came: {error!r}") from None
        except HTTPError as error:
            with error:
                if error.code not in (429, 503) or last:
                    raise Refused(_detail(error)) from None
            patience = error.headers.get("Retry-After", "")
            time.sleep(int(patience) if patience.isdecimal() else 1)  # it may be a date
    raise AssertionError("the last try returns or raises")


def _detail(error: HTTPError) -> str:
    """What the service says; what a proxy in front of it says need be no JSON."""
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    failed = False
    for photo in options.photos:
        try:
            answer = predict(photo.read_bytes(), options.url, token=options.token)
        except (Refused, OSError) as error:
            answer, failed = {"error": str(error)}, True
        print(json.dumps({"file": str(photo), **answer}))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
