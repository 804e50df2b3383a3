"""Scenes for the face finder to learn from: labelled faces set into backgrounds, and things that are none.

All is drawn anew from a random generator, so that no scene is seen twice and none need be kept. A scene is RGB of
a size (width, height); its faces are rows of 14 numbers: left, top, right, bottom, and five points x, y.
"""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from facelab.features import Floats, Matrix, of_centres
from facelab.finder import Size, detection, moved
from facelab.types import Image

MIN_WIDTH = 13.0  # pixels of a face: 32 px of a 640×480 frame are 16 where that is searched
MAX_SHARE = 0.6  # of the scene's width
STRONG_ROLL = 0.4  # of the faces are turned by anything up to 45°, the others by a few degrees
DARK = 0.2  # of the scenes are dark
COVERED = 0.1  # of the faces have something in front of them
COLOURED = 0.15  # of the scenes are in coloured light
TINT, STRONG_TINT = 0.06, 0.25  # deviation of a colour's gain in white light and in coloured
MIRRORED_POINTS = [1, 0, 2, 4, 3]  # eyes, nose, mouth corners in a mirror
CROWDED = 0.2  # share of a face that another picture may cover
FADING = 0.35  # of the pictures go over into the scene around the head

Rng: TypeAlias = np.random.Generator
Picture: TypeAlias = NDArray[np.uint8]  # RGB, or RGBA where it has a shape
Placement: TypeAlias = tuple[Matrix, bool]  # a picture's map into the scene, and whether that mirrors it


def scene(
    rng: Rng,
    size: Size,
    photographs: Sequence[tuple[Image, Floats]],
    background: Image,
    decoys: Sequence[Picture],
    dark: float = DARK,
    covering: float = COVERED,
) -> tuple[Image, Floats]:
    """A scene with the faces of `photographs`, each with its rows, as far as there is room.

    `background` and `decoys` are without faces; decoys are set in as photographs are, so that an edge is no sign
    of a face. `dark`: how probable it is that all is dark; `covering`: that a face has something in front of it.
    """
    drawn = backdrop(rng, size, background)
    rows = np.empty((0, 14), np.float32)
    for decoy in decoys:
        box = box_of(decoy)
        placement = placed(rng, size, box, face_width(rng, size, len(photographs)))
        drawn = pasted(rng, drawn, decoy, box[None], placement)
    for photograph, faces in photographs:
        for _ in range(5):
            placement = placed(rng, size, faces[0, :4], face_width(rng, size, len(photographs)))
            added = set_in(faces, placement)
            if room_for(photograph, placement, rows) and in_view(added[:1], size).all():
                drawn = pasted(rng, drawn, photograph, faces[:, :4], placement)
                rows = np.concatenate([rows, added[in_view(added, size)]])
                break
    for row in rows:
        drawn = covered(rng, drawn, row) if rng.random() < covering else drawn
    return degraded(rng, drawn, rows, dark), rows


def face_width(rng: Rng, size: Size, faces: int) -> float:
    """The width of a face in a scene of so many: any between the bounds, evenly over its logarithm."""
    high = MAX_SHARE * size[0] / max(1, faces) ** 0.7
    return float(np.exp(rng.uniform(np.log(MIN_WIDTH), np.log(max(high, 2 * MIN_WIDTH)))))


def box_of(picture: Picture) -> Floats:
    """The middle third of a picture, as the box of a face would be."""
    height, width = picture.shape[:2]
    return np.array([width / 3, height / 3, 2 * width / 3, 2 * height / 3], np.float32)


def placed(rng: Rng, size: Size, box: Floats, width: float) -> Placement:
    """A random place, roll and mirror at which the box is `width` pixels wide and its centre in the scene."""
    scale = width / (box[2] - box[0])
    degrees = rng.uniform(-45, 45) if rng.random() < STRONG_ROLL else rng.normal(0, 6)
    cosine, sine = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    mirrored = bool(rng.random() < 0.5)
    turn = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    centre = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    margin = 0.4 * width
    goal = [rng.uniform(min(margin, side / 2), max(side - margin, side / 2)) for side in size]
    return np.column_stack([turn, goal - turn @ centre]), mirrored


def set_in(rows: Floats, placement: Placement) -> Floats:
    """Rows of a photograph as rows of the scene."""
    matrix, mirrored = placement
    found = moved(rows, matrix)
    if mirrored:
        found[:, 4:] = found[:, 4:].reshape(-1, 5, 2)[:, MIRRORED_POINTS].reshape(-1, 10)
    return found


def yaw(face: Floats) -> float:
    """How far the nose of a row lies from the middle of the eyes, over their distance.

    0 is straight on, 1 or more in profile.
    """
    left, right, nose = face[4:10].reshape(3, 2)
    eyes = right - left
    return abs(float((nose - (left + right) / 2) @ eyes / max(eyes @ eyes, 1e-6)))


def roll(face: Floats) -> float:
    """How far the head of a row is turned in the picture, in radians, clockwise."""
    return detection(np.append(np.float32(1), face)).roll


def in_view(rows: Floats, size: Size) -> NDArray[np.bool_]:
    """Which faces are large enough and at least four fifths inside the scene."""
    sides = rows[:, 2:4] - rows[:, :2]
    seen = np.minimum(rows[:, 2:4], size) - np.maximum(rows[:, :2], 0)
    share = np.prod(np.maximum(seen, 0), axis=1) / np.maximum(np.prod(sides, axis=1), 1e-6)
    return (share >= 0.8) & (sides[:, 0] >= 0.8 * MIN_WIDTH)


def room_for(picture: Image, placement: Placement, rows: Floats) -> bool:
    """Whether a picture leaves the faces that are there uncovered, but for a little."""
    height, width = picture.shape[:2]
    left, top, right, bottom = set_in(np.array([[0, 0, width, height, *[0] * 10]], np.float32), placement)[0, :4]
    wide = np.minimum(rows[:, 2], right) - np.maximum(rows[:, 0], left)
    high = np.minimum(rows[:, 3], bottom) - np.maximum(rows[:, 1], top)
    areas = np.prod(rows[:, 2:4] - rows[:, :2], axis=1)
    return bool((np.maximum(wide, 0) * np.maximum(high, 0) <= CROWDED * areas).all())


def backdrop(rng: Rng, size: Size, background: Image) -> Image:
    """A random part of a photograph, or a colour that goes over into another."""
    if rng.random() < 0.1:
        corners = rng.integers(0, 256, (2, 2, 3)).astype(np.float32)
        return np.clip(cv2.resize(corners, size, interpolation=cv2.INTER_LINEAR), 0, 255).astype(np.uint8)
    height, width = background.shape[:2]
    scale = min(width / size[0], height / size[1]) * np.exp(rng.uniform(np.log(0.15), 0))
    part_width, part_height = max(2, int(size[0] * scale)), max(2, int(size[1] * scale))
    left, top = rng.integers(0, width - part_width + 1), rng.integers(0, height - part_height + 1)
    part = background[top : top + part_height, left : left + part_width]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)


def pasted(rng: Rng, drawn: Image, picture: Picture, boxes: Floats, placement: Placement) -> Image:
    """The scene with a picture set in, its edge hard or soft; its shape leaves the boxes whole."""
    size = (drawn.shape[1], drawn.shape[0])
    colours, mask = picture[..., :3], outline(rng, picture, boxes)
    linear, shift = placement[0][:, :2], placement[0][:, 2]
    scale = float(np.sqrt(abs(np.linalg.det(linear))))
    if scale < 0.6:  # averages before it is drawn smaller, so that nothing aliases
        height, width = mask.shape
        factor = max(scale, 2 / min(mask.shape))
        smaller = (round(width * factor), round(height * factor))
        colours = cv2.resize(colours, smaller, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, smaller, interpolation=cv2.INTER_AREA)
        linear = linear * (width / smaller[0], height / smaller[1])
    matrix = of_centres(np.column_stack([linear, shift]))
    layer = cv2.warpAffine(colours, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
    return (drawn + (layer.astype(np.float32) - drawn) * weight).astype(np.uint8)


def outline(rng: Rng, picture: Picture, boxes: Floats) -> Floats:
    """How much of each pixel shows, 0 to 1: the picture's own shape, a head that fades, a rectangle or an ellipse."""
    height, width = picture.shape[:2]
    if picture.shape[2] == 4:
        return (picture[..., 3] / 255).astype(np.float32)
    mask = np.zeros((height, width), np.float32)
    if len(boxes) == 1 and rng.random() < FADING:
        left, top, right, bottom = boxes[0].tolist()
        middle, axes = (int(left + right) // 2, int(top + bottom) // 2), (0.9 * (right - left), 0.8 * (bottom - top))
        cv2.ellipse(mask, middle, [max(1, int(axis)) for axis in axes], 0, 0, 360, 1.0, -1)
        soft = 2 * int(rng.uniform(0.05, 0.25) * axes[0]) + 1
        return np.asarray(cv2.blur(mask, (soft, soft)), np.float32)
    border = int(rng.uniform(0, 0.03) * min(width, height))
    if rng.random() < 0.5 and in_ellipse(boxes, width, height):
        cv2.ellipse(mask, (width // 2, height // 2), (width // 2 - border, height // 2 - border), 0, 0, 360, 1.0, -1)
    else:
        mask[border : height - border, border : width - border] = 1
    if rng.random() < 0.7:
        mask = np.asarray(cv2.blur(mask, (2 * border + 1, 2 * border + 1)), np.float32)
    return mask


def in_ellipse(boxes: Floats, width: int, height: int) -> bool:
    """Whether all of the boxes (n, 4) lie in the ellipse that fills a picture."""
    corners = np.abs(2 * boxes.reshape(-1, 2, 2) / (width, height) - 1).max(axis=1)  # the farthest of each, 1: the edge
    return bool((np.square(corners).sum(axis=1) <= 1).all())


def covered(rng: Rng, drawn: Image, row: Floats) -> Image:
    """One face with something in front of it: sunglasses, a cap or fringe, hair on one side, a mask or a hand."""
    sides, points = row[2:4] - row[:2], row[4::2] + 1j * row[5::2]
    angle = roll(row)
    side = rng.choice([-1.0, 1.0])

    def place(across: float, down: float) -> complex:
        """From the middle of the face, in its sides."""
        x, y = (row[:2] + row[2:4]) / 2
        return complex(x, y) + complex(across * sides[0], down * sides[1]) * complex(np.exp(1j * angle))

    low, high = rng.uniform(0.1, 0.3, 2)
    fronts = (
        [(eye, (0.2, 0.08 + low / 3)) for eye in points[:2]],  # sunglasses
        [(place(0, -0.5), (0.65, 0.1 + high))],  # a cap or fringe
        [(place(side / 2, 0), (0.05 + low, 0.7))],  # hair
        [(place(0, 0.4), (0.5, 0.05 + high))],  # a mask
        [(place(rng.uniform(-0.5, 0.5), side / 2), (low, high))],  # a hand
    )
    colour = skin(rng) if rng.random() < 0.4 else (rng.integers(0, 256, 3) * rng.random()).astype(int).tolist()
    drawn = np.ascontiguousarray(drawn)
    for centre, share in fronts[rng.integers(len(fronts))]:
        middle, axes = (int(centre.real), int(centre.imag)), np.maximum(sides * share, 1).astype(int).tolist()
        cv2.ellipse(drawn, middle, axes, float(np.degrees(angle)), 0, 360, colour, -1, cv2.LINE_AA)
    return drawn


def skin(rng: Rng) -> list[int]:
    """A colour that skin has in some light."""
    value, warmth = rng.uniform(40, 230), rng.uniform(0.05, 0.4)
    return [int(value), int(value * (1 - warmth * 0.7)), int(value * (1 - warmth * 1.3))]


def degraded(rng: Rng, drawn: Image, rows: Floats, dark: float) -> Image:
    """As a camera might have taken it: dark or bright, tinted, gray, blurred, noisy, compressed.

    No blur is wider than a twentieth of the smallest face.
    """
    drawn = relit(rng, drawn, dark)
    if rng.random() < 0.15:
        drawn = np.repeat(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < 0.3:
        smallest = float(min(rows[:, 2] - rows[:, 0], default=32))
        drawn = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.3, max(0.4, min(1.6, smallest / 20))))
    if rng.random() < 0.3:
        noise = rng.standard_normal(drawn.shape, np.float32) * rng.uniform(1, 8)
        drawn = np.clip(drawn + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
        drawn = np.asarray(cv2.imdecode(cv2.imencode(".jpg", drawn, quality)[1], cv2.IMREAD_COLOR))
    return drawn


def relit(rng: Rng, drawn: Image, dark: float) -> Image:
    """In another light: a gain and a gamma, the gain different for each colour, in white light slightly."""
    gain = rng.normal(-1.0, 0.3) if rng.random() < dark else rng.normal(-0.1, 0.25)
    gains = np.exp(gain + rng.normal(0, STRONG_TINT if rng.random() < COLOURED else TINT, 3))
    levels = np.linspace(0, 1, 256)[:, None] * gains
    table = 255 * np.clip(levels, 0, 1) ** np.exp(rng.normal(0, 0.2))
    return np.asarray(cv2.LUT(drawn, table.astype(np.uint8).reshape(1, 256, 3)))
