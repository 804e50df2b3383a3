"""The three networks in Keras: shape, start, loss."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from training import tasks
from training.datasets import LAST_YEAR, DatasetError
from training.fit import (
    accuracy_of,
    build,
    compile_model,
    loss_beside,
    loss_of,
    outputs,
    years_error,
    years_loss,
)
from training.networks import application, colour_input
from training.sequence import COMPONENTS, years_target
from training.tasks.age import take_normalised_rgb


@pytest.mark.parametrize(("name", "count"), [("emotion", 14), ("gender", 2 + 101), ("age", 101)])
def test_outputs(name: str, count: int) -> None:
    assert outputs(tasks.task(name).recipe) == count
    assert build(tasks.task(name), None).output_shape == (None, count)


def test_emotion_has_two_inputs_and_four_stages() -> None:
    model = build(tasks.task("emotion"), None)
    assert {one.name: one.shape[1:] for one in model.inputs} == {"image": (48, 48, 1), "features": (208,)}
    kinds = [type(layer) for layer in model.layers]
    assert kinds.count(layers.MaxPooling2D) == 4
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert {(layer.kernel_size, layer.padding) for layer in convolutions} == {((3, 3), "same")}


def test_light_and_contrast_make_no_difference_to_the_emotion() -> None:
    keras.utils.set_random_seed(1)
    model, rng = build(tasks.task("emotion"), None), np.random.default_rng(1)
    image, vector = rng.uniform(0, 255, (1, 48, 48, 1)), np.zeros((1, 208), np.float32)
    answers = [np.asarray(model({"image": one, "features": vector})) for one in (image, image * 0.3 + 40, image * 0)]
    np.testing.assert_allclose(answers[1], answers[0], atol=1e-3)
    assert np.isfinite(answers[2]).all()


def test_each_head_has_a_loss_and_the_label_s_is_counted() -> None:
    nobody, happy, sad = [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]
    target = np.array([[*happy, *sad], [*nobody, *sad]], np.float32)
    logits = np.log(np.array([[0.5, 0.5, 0.8, 0.2], [0.5, 0.5, 0.2, 0.8]], np.float32))
    expected = [-np.log(0.5) - np.log(0.2), -np.log(0.8)]
    np.testing.assert_allclose(np.asarray(loss_of(2)(target, logits)), expected, rtol=1e-5)
    metric = accuracy_of(slice(2, 4))
    metric.update_state(target, logits)
    assert float(metric.result()) == 0.5


def test_components_that_are_not_known_cost_nothing() -> None:
    components = np.zeros((2, COMPONENTS), np.float32)
    components[0, :2] = 1, -1
    target = np.concatenate([components, [[1, 0], [0.5, 0.5]]], axis=1).astype(np.float32)
    answer = np.concatenate([np.full((2, COMPONENTS), 1), np.log([[0.8, 0.2], [0.5, 0.5]])], axis=1).astype(np.float32)
    error = COMPONENTS - 2 + 4
    expected = [3 * error - np.log(0.8), -np.log(0.5)]
    years = np.full((2, LAST_YEAR + 1), 1, np.float32)  # a range of all: it costs nothing
    target, answer = np.concatenate([target, years], axis=1), np.concatenate([answer, years], axis=1)
    taught = replace(tasks.task("gender").recipe, distillation=3.0)
    np.testing.assert_allclose(np.asarray(loss_beside(taught)(target, answer)), expected, rtol=1e-5)


@pytest.mark.parametrize("distillation", [0.0, 3.0])
def test_ages_are_learnt_beside_the_label(distillation: float) -> None:
    years = years_target(30, 30, LAST_YEAR)[None]
    guess, label, logits = np.log(years_target(33, 33, LAST_YEAR)[None] + 1e-9), [[1.0, 0.0]], np.log([[0.8, 0.2]])
    nothing = np.zeros((1, COMPONENTS if distillation else 0))
    target = np.concatenate([nothing, label, years], axis=1).astype(np.float32)
    answer = np.concatenate([nothing, logits, guess], axis=1).astype(np.float32)
    taught = replace(tasks.task("gender").recipe, distillation=distillation, mixed=0.0, ages=0.5)
    expected = 0.5 * float(years_loss(years, guess.astype(np.float32))[0]) - np.log(0.8)
    np.testing.assert_allclose(np.asarray(loss_beside(taught)(target, answer)), [expected], rtol=1e-5)


@pytest.mark.parametrize(("name", "backbone"), [("gender", "inception_v3"), ("age", "vgg16")])
def test_start_is_loaded_from_a_file(name: str, backbone: str, tmp_path: object) -> None:
    file = f"{tmp_path}/start.weights.h5"
    builder = {"gender": keras.applications.InceptionV3, "age": keras.applications.VGG16}[name]
    start = builder(include_top=False, weights=None)
    start.save_weights(file)
    loaded = build(tasks.task(name), file).get_layer(backbone)
    np.testing.assert_array_equal(loaded.get_weights()[0], start.get_weights()[0])


@pytest.mark.parametrize(("name", "said"), [("gender", "inception_v3"), ("age", "vgg16"), ("emotion", "no --weights")])
def test_a_start_that_is_none(name: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "start.weights.h5"
    file.write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=f"{said}.*start.weights.h5"):
        build(tasks.task(name), file)
    keras.Sequential([layers.Input((3,)), layers.Dense(2)]).save_weights(file)
    with pytest.raises(DatasetError, match=f"{said}.*start.weights.h5"):
        build(tasks.task(name), file)


def test_a_start_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise Exception("URL fetch failure on https://…: Name or service not known")  # as Keras does

    monkeypatch.setattr("keras.applications.VGG16", unreachable)
    with pytest.raises(DatasetError, match=r"VGG16 with the weights imagenet was expected: URL fetch failure"):
        application("VGG16", "imagenet", colour_input({"frame": {"size": 80}}))


def test_caffes_first_layer_is_turned_into_one_for_normalised_rgb() -> None:
    rng = np.random.default_rng(1)
    picture = rng.uniform(0, 255, (1, 16, 16, 3)).astype("float32")
    convolution = layers.Conv2D(8, 3)
    caffe = convolution(keras.applications.vgg16.preprocess_input(picture.copy()))
    take_normalised_rgb(convolution)
    mean, std = 255 * np.array([0.485, 0.456, 0.406]), 255 * np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(convolution((picture - mean) / std), caffe, atol=1.0)
    assert np.abs(np.asarray(caffe)).max() > 20


@pytest.mark.parametrize("name", tasks.names())
def test_rate_warms_up_and_falls(name: str) -> None:
    recipe, model = tasks.task(name).recipe, build(tasks.task("emotion"), None)
    compile_model(model, recipe, steps=100)
    rates = [float(model.optimizer._learning_rate(step)) for step in range(100 * recipe.epochs)]
    assert rates[0] < recipe.learning_rate / 10
    assert max(rates) == pytest.approx(recipe.learning_rate, rel=0.02)
    assert rates[-1] < recipe.learning_rate / 50


def test_loss_of_a_known_age_is_least_at_it() -> None:
    target = years_target(30, 30, 100)[None]
    losses = [float(years_loss(target, np.log(years_target(age, age, 100) + 1e-9)[None])[0]) for age in range(101)]
    assert int(np.argmin(losses)) == 30
    assert losses[35] < losses[60]


def test_loss_of_a_range_counts_only_what_is_inside() -> None:
    target = years_target(20, 29, 100)[None]
    inside = [np.log(years_target(age, age, 100, 0.5) + 1e-9)[None].astype("float32") for age in (22, 27, 60)]
    first, second, outside = (float(years_loss(target, logits)[0]) for logits in inside)
    assert first == pytest.approx(0, abs=0.01)
    assert second == pytest.approx(0, abs=0.01)
    assert outside > 5


def test_error_of_the_expected_age() -> None:
    logits = np.log(years_target(40, 40, 100) + 1e-9)[None]
    assert float(years_error(years_target(30, 30, 100)[None], logits)[0]) == pytest.approx(10, abs=0.1)
