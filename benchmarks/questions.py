"""Questions as nobody should ask them: a damaged picture, or none, in a request that is right or wrong itself."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from benchmarks import mutations

Rng: TypeAlias = np.random.Generator
Request: TypeAlias = tuple[dict[str, Any], bytes]  # headers, body

KINDS = {"whole": 12, "form": 6, "json": 6, "broken form": 5, "broken json": 5, "wrong type": 3, "lie": 3}
BOMB_EVERY, STALL_EVERY = 100, 500  # bombs take seconds, stalls as long as the service has patience
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/svg+xml", "image/x", "image/*; q=\xff")
OTHERS = (
    *("text/plain", "text/xml", "application/xml", "application/octet-stream", "message/http", "/", "a" * 300),
    *("application/x-www-form-urlencoded", "multipart/mixed; boundary=x", "multipart/form-data", "application/json"),
)
ADDRESSES = (
    *[""] * 16,
    *["?explain=1", "?crop=1", "?networks=age"] * 4,
    "?networks=../age",
    "?crop=%00",
    "?networks=%ff",
)
FIELD = 'Content-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request as it goes over the wire. `stalls`: its client sends no more and waits, where others end."""

    kind: str
    head: bytes
    body: bytes
    stalls: bool = False
    slow: bool = False

    @property
    def wire(self) -> bytes:
        return self.head + self.body


def question(seed: int, number: int, originals: Sequence[bytes], canary: Mapping[str, Any]) -> Question:
    """The question of a number, always the same. `canary`: the `file` and `port` that nobody may touch."""
    rng = np.random.default_rng([seed, number])
    picture = damaged(rng, originals, {**canary, "kind": number})
    if number % STALL_EVERY == STALL_EVERY - 1:
        return _asked(rng, "stall", {"Content-Type": "image/jpeg", "Content-Length": 2 * len(picture)}, picture)
    if number % BOMB_EVERY == BOMB_EVERY // 2:
        bomb = mutations.bomb(rng, picture)
        return _asked(rng, "bomb", *whole(rng, bomb))
    weights = np.array(list(KINDS.values()))
    kind = str(rng.choice(list(KINDS), p=weights / weights.sum()))
    return _asked(rng, kind, *WAYS[kind](rng, picture))


def damaged(rng: Rng, originals: Sequence[bytes], canary: Mapping[str, Any]) -> bytes:
    """A picture with up to three mutations, or a document that refers to the canary."""
    picture = originals[int(rng.integers(len(originals)))]
    if rng.random() < 0.15:
        return mutations.referring(rng, picture, canary)
    for _ in range(rng.integers(4)):
        picture = mutations.MUTATIONS[rng.integers(len(mutations.MUTATIONS))](rng, picture) or b"\0"
    return picture


def whole(rng: Rng, picture: bytes) -> Request:
    return {"Content-Type": rng.choice(TYPES)}, picture


def wrong_type(rng: Rng, picture: bytes) -> Request:
    encoding = {"Content-Encoding": "gzip"} if rng.random() < 0.3 else {}
    return {"Content-Type": rng.choice(OTHERS), **encoding}, gzip.compress(picture, mtime=0) if encoding else picture


def form(rng: Rng, picture: bytes) -> Request:
    name = rng.choice(["a.jpg", "", "../../etc/passwd", "/dev/stdin", "a\0b", "é" * 200])
    body = b"--x\r\n" + FIELD.format(name=name).encode() + picture + b"\r\n--x--\r\n"
    return {"Content-Type": "multipart/form-data; boundary=x"}, body


def broken_form(rng: Rng, picture: bytes) -> Request:
    """Nested, cut short, with another boundary, of very many fields, or with bytes where there were none."""
    headers, body = form(rng, picture)
    field = FIELD.format(name="b.jpg").encode()
    inner = field.replace(b"image/jpeg", b"multipart/mixed; boundary=y") + b"--y\r\n" + field + picture + b"\r\n--y--"
    bodies = [
        b"--x\r\n" + inner + b"\r\n--x--\r\n",
        body[: rng.integers(len(body))],
        body.replace(b"--x", b"--z"),
        body.replace(b"\r\n--x--", b"\r\n--x\r\n" + field + picture + b"\r\n--x--"),
        (b"--x\r\n" + field + b"1\r\n") * 2_000 + b"--x--\r\n",
        b"--x\r\n" + b"X: y\r\n" * 9_000 + b"\r\n" + picture,
        mutations.flipped(rng, body),
        body.replace(b"\r\n", b"\n"),
    ]
    boundary = rng.choice(["x", "x", "x", "", '"x', "x" * 3_000, "\xff"])
    return {**headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}, bodies[rng.integers(len(bodies))]


def in_json(rng: Rng, picture: bytes) -> Request:
    text = base64.b64encode(picture).decode()
    head = rng.choice(["", "data:image/png;base64,", "DATA:;BASE64,", "data:text/html;charset=x;base64,", "\n"])
    return {"Content-Type": "application/json"}, json.dumps({"image": head + text}).encode()


def broken_json(rng: Rng, picture: bytes) -> Request:
    """Of other types, depths and sizes, damaged, or an address instead of a picture."""
    address = picture.decode(errors="replace")[:2_000]
    text = base64.b64encode(picture).decode()
    others: list[Any] = [None, True, -1, 1e999, [], {}, [text], {"image": None}, {"image": [text]}, {"image": {}}]
    others += [
        {"image": 10**300},
        {"image": address},
        {"url": address},
        {"image": "data:" + address},
        {"image": "\ud800"},
    ]
    others += [{"image": text[:-3]}, {"image": text, "path": address}, {"image": f"data:{address};base64,{text}"}]
    body = json.dumps(others[rng.integers(len(others))]).encode()
    bodies = [
        body,
        body,
        body,
        body.decode().encode("utf-16"),
        mutations.flipped(rng, body),
        b"[" * 50_000,
        b"[" + b"{}," * 3_000_000 + b"{}]",
        b'{"image": "' + b"AA " * 3_000_000 + b'"}',
        b"\xff" + body,
    ]
    return {"Content-Type": "application/json"}, bodies[rng.integers(len(bodies))]


def lie(rng: Rng, picture: bytes) -> Request:
    """About the length, or in chunks that are none."""
    headers = {"Content-Type": "image/jpeg"}
    chunk = b"%x\r\n" % len(picture) + picture + b"\r\n"
    chunked = [
        chunk + b"0\r\n\r\n",
        chunk,
        chunk[:-9],
        b"ffffffffffff\r\n" + picture,
        b"-5\r\n" + picture,
        b"x\r\n",
        b"",
    ]
    if rng.random() < 0.4:
        return {**headers, "Transfer-Encoding": rng.choice(["chunked", "chunked", "gzip", "identity"])}, chunked[
            rng.integers(len(chunked))
        ]
    lengths = [len(picture) + 99, len(picture) // 2, 0, 10**9, 10**30, -1, "5, 6", "+5", "0x10", "", "one"]
    return {**headers, "Content-Length": lengths[rng.integers(len(lengths))]}, picture


WAYS: Mapping[str, Callable[[Rng, bytes], Request]] = {
    "whole": whole,
    "form": form,
    "json": in_json,
    "broken form": broken_form,
    "broken json": broken_json,
    "wrong type": wrong_type,
    "lie": lie,
}


def _asked(rng: Rng, kind: str, headers: Mapping[str, Any], body: bytes) -> Question:
    length = {} if {"Content-Length", "Transfer-Encoding"} & set(headers) else {"Content-Length": len(body)}
    lines = {"Host": "localhost", "Connection": "close", **length, **headers}
    head = f"POST /predict{rng.choice(ADDRESSES)} HTTP/1.1\r\n" + "".join(f"{key}: {lines[key]}\r\n" for key in lines)
    slow = kind != "stall" and rng.random() < 0.02
    return Question(kind=kind, head=head.encode("latin-1") + b"\r\n", body=body, stalls=kind == "stall", slow=slow)
