"""The face finder in Keras: a small convolutional network that says for each cell of 8×8 pixels whether a face's
centre lies there, and if so its box and five points (CenterNet, arXiv 1904.07850; five points as in YuNet).

Its answer, (rows, columns, 15) for each picture: the logit of a face; the box's centre and the five points from the
cell's centre, in cells; the logarithm of the box's width and height, in cells. Order: logit, x, y, log w, log h,
five times x, y.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from facelab.features import Floats
from facelab.finder import CELL
from training.networks import convolution

# Full convolutions: with 8-bit weights they take less time than depthwise ones that do as much.
FILTERS = (16, 24, 48, 96)
# The bell of a face's centre: its deviation as a share of the box's sides. Cells above NEAR learn box and points too.
SPREAD, NEAR = 0.12, 0.4
BOX_WEIGHT, POINTS_WEIGHT = 2.0, 2.0


def network(width: int | None = None, height: int | None = None) -> keras.Model:
    """Down to cells of 32 pixels, to see a face as large as the picture, and up again to cells of 8.

    Sides are multiples of 32, None where they may differ from batch to batch.
    """
    first, second, third, fourth = FILTERS
    image = keras.Input((height, width, 3), name="image")
    x = convolution(layers.Rescaling(1 / 127.5, offset=-1)(image), first, strides=2)
    x = convolution(convolution(x, second, strides=2), second)
    eighth = convolution(convolution(convolution(x, third, strides=2), third), third)
    sixteenth = convolution(convolution(eighth, fourth, strides=2), fourth)
    x = convolution(convolution(convolution(sixteenth, fourth, strides=2), fourth), fourth)
    x = _joined(x, sixteenth, fourth)
    x = _joined(x, eighth, third)
    bias = keras.initializers.Constant([-4.0] + [0.0] * 2 + [1.0] * 2 + [0.0] * 10)  # faces are rare
    return keras.Model({"image": image}, layers.Conv2D(15, 1, bias_initializer=bias, dtype="float32")(x), name="finder")


def target(rows: Floats, width: int, height: int) -> Floats:
    """What the network should answer to a scene of a size with these faces, (rows, columns, 17).

    The bell of the nearest face's centre (1 in the cell that holds it), the weight of box and points, the width of
    the box in cells, and the 14 numbers as the network codes them.
    """
    shape = (height // CELL, width // CELL)
    answer = np.zeros((*shape, 17), np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) + 0.5
    for row in rows / CELL:
        wide, high = row[2] - row[0], row[3] - row[1]
        centre_x, centre_y = (row[0] + row[2]) / 2, (row[1] + row[3]) / 2
        across = (x - centre_x) / max(SPREAD * wide, 0.4)
        down = (y - centre_y) / max(SPREAD * high, 0.4)
        bell = np.exp(-0.5 * (across**2 + down**2))
        bell[min(int(centre_y), shape[0] - 1), min(int(centre_x), shape[1] - 1)] = 1
        mine = bell > answer[..., 0]
        answer[..., 0] = np.where(mine, bell, answer[..., 0])
        sides = [np.full_like(x, value) for value in (wide, np.log(wide), np.log(high))]
        points = [place - (x, y)[index % 2] for index, place in enumerate(row[4:])]
        coded = [(bell > NEAR) * bell, sides[0], centre_x - x, centre_y - y, *sides[1:], *points]
        answer[..., 1:] = np.where(mine[..., None], np.stack(coded, axis=-1), answer[..., 1:])
    return answer


def loss(truth: Any, answer: Any) -> Any:
    """CenterNet's focal loss of the centres, and beside it the box's and the points' errors over the box's width."""
    bell, weight, width = truth[..., 0], truth[..., 1], ops.maximum(truth[..., 2], 1e-3)
    centre = ops.cast(bell > 0.999, "float32")
    faces = ops.maximum(ops.sum(centre), 1.0)
    yes, no = ops.log_sigmoid(answer[..., 0]), ops.log_sigmoid(-answer[..., 0])
    found = -centre * ops.square(ops.exp(no)) * yes
    not_found = -(1 - centre) * (1 - bell) ** 4 * ops.square(ops.exp(yes)) * no
    error = ops.abs(truth[..., 3:] - answer[..., 1:])
    place = ops.sum(error[..., :2], axis=-1) / width + ops.sum(error[..., 2:4], axis=-1)
    points = ops.sum(error[..., 4:], axis=-1) / (5 * width)
    near = ops.maximum(ops.sum(weight), 1.0)
    located = ops.sum(weight * (BOX_WEIGHT * place + POINTS_WEIGHT * points)) / near
    return ops.sum(found + not_found) / faces + located


def _joined(coarse: Any, fine: Any, filters: int) -> Any:
    """A coarse map drawn twice as large beside a fine one, mixed."""
    # Unlike UpSampling2D it works at any size in LiteRT.
    doubled = ops.nn.depth_to_space(ops.concatenate([coarse] * 4, axis=-1), 2)
    both = layers.Concatenate()([doubled, fine])
    return convolution(convolution(both, filters, size=1), filters)
