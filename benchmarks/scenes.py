"""Frames of 640×480 with one face, with five, with none, composed of the probe."""

import io

from PIL import Image as Pillow

from benchmarks.service import ROOT

HEAD = (100, 20, 345, 265)  # of the probe, in its pixels
BACKGROUND = (300, 0, 512, 159)
PLACES = ((0, 0), (213, 0), (426, 0), (90, 240), (320, 240))


def scenes() -> dict[str, bytes]:
    """JPEGs by the number of faces in them."""
    probe = Pillow.open(ROOT / "models" / "probe.jpg").convert("RGB")
    one, five, none = (probe.crop(BACKGROUND).resize((640, 480)) for _ in range(3))
    one.paste(probe.resize((480, 480)), (80, 0))
    for place in PLACES:
        five.paste(probe.crop(HEAD).resize((213, 213)), place)
    return {"one": jpeg(one), "five": jpeg(five), "none": jpeg(none)}


def jpeg(picture: Pillow.Image) -> bytes:
    """As a file."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
