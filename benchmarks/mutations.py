"""Pictures that nobody's camera takes: files of every format, and what can be done to them.

A file is cut into the parts of its format (PNG's and WebP's chunks, JPEG's segments), so that the damage reaches
behind the first check.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image as Pillow

from benchmarks.service import ROOT
from facelab.images import HELD, MAX_PIXELS, WEBP_SHARE

Mutation = Callable[[np.random.Generator, bytes], bytes]

# Forms of bombs, their share of MAX_PIXELS, and how they are saved.
BOMBS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("PNG", 1, {}),
    ("GIF", 1, {}),
    ("JPEG", 1, {}),
    ("JPEG", HELD / 6, {"progressive": True, "subsampling": 0}),  # three colours of two bytes each are held
    ("WEBP", WEBP_SHARE, {}),
)
WEBP_SIDE = 16_383  # pixels, the format's most
PNG = b"\x89PNG\r\n\x1a\n"
SIDES = (0, 1, 2, 255, 16_383, 32_767, 40_000, 65_535)
TAGS = (0x0112, 0x0100, 0x8769, 0x8825, 0x0201)  # orientation, width, pointers to further directories, a thumbnail
REFERENCES = ("file://{file}", "{file}", "http://127.0.0.1:{port}/{kind}", "ftp://127.0.0.1:{port}/{kind}")
# What other readers follow; XMP and text chunks carry the first one in pictures.
DOCUMENTS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{reference}"><!ENTITY % p SYSTEM "{reference}"> %p;]>'
    "<x>&e;</x>",
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
    '<image xlink:href="{reference}" width="9" height="9"/><style>@import url({reference});</style></svg>',
    "push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 9,9 '{reference}'\npop graphic-context",
    "#EXTM3U\n#EXTINF:1,\n{reference}\n",
    "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({reference}) (r) file run\n",
)


def originals() -> list[bytes]:
    """Small files of the probe: every format that is read, in its modes, and formats that are not."""
    probe = Pillow.open(ROOT / "models" / "probe.jpg").convert("RGB").resize((160, 160))
    turned = [probe, *(probe.rotate(angle) for angle in (90, 180))]
    frames: dict[str, Any] = {"save_all": True, "append_images": turned[1:], "duration": 40}
    wide = Pillow.fromarray(np.asarray(probe.convert("L")).astype(np.uint16) * 257)
    alpha = probe.copy()
    alpha.putalpha(probe.convert("L"))
    return [
        *(_file(probe, "JPEG", **options) for options in ({}, {"progressive": True}, {"exif": _exif(6)})),
        *(_file(probe.convert(mode), "JPEG") for mode in ("L", "CMYK")),
        *(_file(picture, "PNG") for picture in (probe, wide, alpha, probe.convert("P"), probe.convert("1"))),
        *(_file(picture, "WEBP", lossless=lossless) for picture in (probe, alpha) for lossless in (False, True)),
        *(_file(probe, form, **frames) for form in ("GIF", "PNG", "WEBP", "MPO")),
        *(_file(probe, form) for form in ("GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "PDF", "JPEG2000", "AVIF")),
    ]


def parts(data: bytes) -> list[bytes]:
    """The file in pieces: what the format makes of it, sixteen equal ones elsewhere."""
    if data.startswith(PNG):
        return _cut(data, 8, lambda at: 12 + int.from_bytes(data[at : at + 4], "big"))
    if data.startswith(b"RIFF"):
        return _cut(data, 12, lambda at: 8 + (int.from_bytes(data[at + 4 : at + 8], "little") + 1) // 2 * 2)
    if data.startswith(b"\xff\xd8"):
        return _cut(data, 2, lambda at: 2 + int.from_bytes(data[at + 2 : at + 4], "big"))
    step = len(data) // 16 + 1
    return _cut(data, step, lambda _: step)


def cut(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: rng.integers(len(data))]


def flipped(rng: np.random.Generator, data: bytes) -> bytes:
    """Some bits turned over, half of the time near the head."""
    damaged = bytearray(data)
    reach = min(len(data), 600) if rng.random() < 0.5 else len(data)
    for place in rng.integers(reach, size=rng.integers(1, 20)):
        damaged[place] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def overwritten(rng: np.random.Generator, data: bytes) -> bytes:
    start, junk = int(rng.integers(len(data))), rng.bytes(int(rng.integers(1, 64)))
    return data[:start] + junk + data[start + len(junk) :]


def shuffled(rng: np.random.Generator, data: bytes) -> bytes:
    """One part of the file where another was, twice, or not at all."""
    head, *pieces = parts(data)
    if len(pieces) < 2:
        return data[::-1]
    a, b = rng.choice(len(pieces), 2, replace=False)
    match rng.integers(3):
        case 0:
            pieces[a], pieces[b] = pieces[b], pieces[a]
        case 1:
            pieces[a] = pieces[b]
        case _:
            del pieces[a]
    return head + b"".join(pieces)


def joined(rng: np.random.Generator, data: bytes) -> bytes:
    """With something before or behind it, or its half on another's."""
    junk = rng.bytes(int(rng.integers(1, 400)))
    middle = len(data) // 2
    return [junk + data, data + junk, data + data, data[:middle] + junk + data[middle:]][rng.integers(4)]


def resized(rng: np.random.Generator, data: bytes) -> bytes:
    """Another size than the pixels have, in the header alone; PNG's checksum is right again."""
    width, height = (int(side) for side in rng.choice(SIDES, 2))
    if data.startswith(PNG):
        large = 1 << int(rng.choice([0, 8, 15]))
        header = struct.pack(">II", width * large % (1 << 32), height * large % (1 << 32)) + data[24:29]
        return data[:8] + _chunk(b"IHDR", header) + data[33:]
    place, form = _size_at(data)
    return data[:place] + struct.pack(form, width % (1 << 16), height % (1 << 16)) + data[place + 4 :]


def odd_exif(rng: np.random.Generator, data: bytes) -> bytes:
    """EXIF of any orientation and of any bytes, which point anywhere."""
    picture = Pillow.new("RGB", (40, 30), "teal")
    exif = _exif(int(rng.integers(65_536))) if rng.random() < 0.4 else b"Exif\0\0" + _directory(rng)
    form = ("JPEG", "PNG", "WEBP")[len(data) % 3]
    return _file(picture, form, exif=exif)


def bomb(rng: np.random.Generator, data: bytes) -> bytes:
    """Of one colour, so that few bytes hold nearly as many pixels as are allowed, or some more."""
    form, share, options = BOMBS[len(data) % len(BOMBS)]
    pixels = MAX_PIXELS * share * float(rng.choice([0.99, 1.05]))
    width = int(pixels**0.5 * rng.choice([0.2, 1, 5]))
    if form == "WEBP":
        width = min(max(width, int(pixels / WEBP_SIDE) + 1), WEBP_SIDE)
    return _file(Pillow.new("RGB" if options else "L", (width, int(pixels / width)), 90), form, **options)


def referring(rng: np.random.Generator, data: bytes, canary: Mapping[str, Any]) -> bytes:
    """A document that names the canary, as it is or inside a picture."""
    reference = str(rng.choice(REFERENCES)).format(**canary)
    text = str(rng.choice(DOCUMENTS)).replace("{reference}", reference).encode()
    match rng.integers(4):
        case 0 if data.startswith(PNG):
            return data[:33] + _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text) + data[33:]
        case 1 if data.startswith(b"\xff\xd8"):
            packet = b"http://ns.adobe.com/xap/1.0/\0" + text
            return data[:2] + b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet + data[2:]
        case _:
            return text


MUTATIONS: tuple[Mutation, ...] = (cut, flipped, overwritten, shuffled, joined, resized, odd_exif)


def _file(picture: Pillow.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def _exif(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def _directory(rng: np.random.Generator) -> bytes:
    """A TIFF directory of entries whose types, counts and places are anything."""
    count = int(rng.integers(1, 9))
    entries = [
        struct.pack("<HHII", rng.choice(TAGS), rng.integers(14), rng.choice([1, 4, 2**31]), rng.integers(2**32))
        for _ in range(count)
    ]
    return b"II*\0" + struct.pack("<IH", 8, count) + b"".join(entries) + struct.pack("<I", rng.choice([0, 8]))


def _cut(data: bytes, head: int, length: Callable[[int], int]) -> list[bytes]:
    pieces, at = [data[:head]], head
    while at < len(data):
        pieces.append(data[at : at + length(at)])
        at += len(pieces[-1])
    return pieces


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _size_at(data: bytes) -> tuple[int, str]:
    """Where two 16-bit numbers tell the size, and their form."""
    if data.startswith(b"\xff\xd8"):
        frame = next((data.find(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in data), 0)
        return frame + 5, ">HH"
    if data.startswith(b"RIFF"):
        return (26 if data[12:16] == b"VP8 " else 24), "<HH"
    return 6, "<HH"
