"""Asks a facelab service what is apparent in photographs: a line of JSON for each. Needs nothing but Python.

As a module: `predict(picture, url)`. It waits where the service asks for patience (429, 503).
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TRIES = 5


class Refused(Exception):
    """The service answered with an error; the message is its own."""


def predict(picture: bytes, url: str, *, token: str = "", **query: str) -> dict[str, Any]:
    """The answer to a picture's bytes. `query`: networks, crop, explain. Raises Refused, or URLError without answer."""
    headers = {"Content-Type": "image/*", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = Request(f"{url}/predict?{urlencode(query)}", picture, headers)  # noqa: S310
    for last in (*[False] * (TRIES - 1), True):
        try:
            with urlopen(request, timeout=60) as response:  # noqa: S310
                return json.load(response)
        except HTTPError as error:
            with error:
                if error.code not in (429, 503) or last:
                    raise Refused(_detail(error)) from None
            time.sleep(float(error.headers.get("Retry-After", 1)))
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
        except (Refused, URLError, OSError) as error:
            answer, failed = {"error": str(error)}, True
        print(json.dumps({"file": str(photo), **answer}, ensure_ascii=False))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
