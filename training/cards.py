"""What people should know of each network: the words of its card (after Mitchell et al. 2019, arXiv 1810.03993)."""

from operator import attrgetter
from typing import Any

from facelab.networks import FINDER
from training import tasks
from training.texts import FACES, FORBIDDEN, USE, Text, Words

FINDERS: Words = {
    "title": Text("Where faces are", "Dónde hay rostros"),
    "use": USE,
    "factors": Text(
        "Size, roll, yaw, brightness, the number of faces, and looks. Measured by each of them, by looks in the groups "
        "that FairFace names as race.",
        "El tamaño, la inclinación, el giro, la luz, el número de rostros y el aspecto. Se mide por cada uno; por el "
        "aspecto, en los grupos que FairFace llama razas.",
    ),
    "data": {
        **FACES,
        "Scenes": Text(
            "faces of the three, set into photographs without a face; boxes and points by YuNet",
            "rostros de los tres, puestos en fotografías sin rostros; cajas y puntos de YuNet",
        ),
    },
    "limits": [
        Text(
            "Faces narrower than a twentieth of the picture's longer side, or turned by over 45°, are often lost.",
            "A menudo se le escapan los rostros más estrechos que un vigésimo del lado mayor de la imagen, "
            "o girados más de 45°.",
        ),
        Text(
            "Learnt on composed scenes: crowds and heads seen from above or behind are rare in them, masks are drawn.",
            "Aprendió de escenas compuestas: en ellas son raras las multitudes y las cabezas vistas "
            "desde arriba o por detrás, y las mascarillas están dibujadas.",
        ),
        Text(
            "Measured on such scenes too, with faces that YuNet finds in the bare photograph: others are not counted.",
            "También se mide con escenas así, con rostros que YuNet encuentra en la fotografía original: "
            "los demás no cuentan.",
        ),
        FORBIDDEN,
    ],
    "licence": Text(
        "Learnt from data sets given for research, one of them non-commercial.",
        "Aprendió de conjuntos de datos cedidos para investigación, uno de ellos solo no comercial.",
    ),
}


def names() -> list[str]:
    """All networks that there are words for."""
    return [FINDER, *tasks.names()]


def words(name: str) -> dict[str, Any]:
    """A network's words as its card has them: in English, with the other language under `translations`."""
    words = bilingual(name)
    return {**_said(words, "en"), "translations": {"es": _said(words, "es")}}


def bilingual(name: str) -> Words:
    """A network's words in both languages. Raises DatasetError where there is no such network."""
    return FINDERS if name == FINDER else tasks.task(name).words


def _said(words: Words, language: str) -> dict[str, Any]:
    said = attrgetter(language)
    return {
        "title": said(words["title"]),
        "use": said(words["use"]),
        "factors": said(words["factors"]),
        "data": {name: said(text) for name, text in words["data"].items()},
        "limits": [said(text) for text in words["limits"]],
        "licence": said(words["licence"]),
    }
