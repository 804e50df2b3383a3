"""What people should know of each network: the words of its card (after Mitchell et al. 2019, arXiv 1810.03993)."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypedDict


class Text(NamedTuple):
    """The same in each language of the page."""

    en: str
    es: str


class Words(TypedDict):
    """`data`: what each data set is, by its name."""

    title: Text
    data: Mapping[str, Text]
    limits: Sequence[Text]
    licence: Text


_APPEARANCE = Text(
    "The answer is a guess from appearance in one picture, not a fact about the person.",
    "La respuesta es una conjetura por el aspecto en una sola imagen, no un hecho sobre la persona.",
)
_FORBIDDEN = Text(
    "Not for decisions about people. Recognising emotions at work and in schools is forbidden in the EU "
    "(Regulation 2024/1689, Art. 5(1)(f)).",
    "No sirve para decidir sobre personas. Reconocer emociones en el trabajo y en la escuela está prohibido en la UE "
    "(Reglamento 2024/1689, art. 5.1.f).",
)
_FACES = {
    "All-Age-Faces": Text(
        "photographs, mostly of East Asian people; for research",
        "fotografías, en su mayoría de personas de Asia oriental; para investigación",
    ),
    "UTKFace": Text(
        "faces from the web, ages partly estimated; for non-commercial research",
        "rostros de la web, con edades en parte estimadas; para investigación no comercial",
    ),
    "FairFace": Text(
        "faces from Flickr, balanced by seven groups named as race, ages as ranges; CC BY 4.0",
        "rostros de Flickr, equilibrados entre siete grupos llamados razas, con edades por tramos; CC BY 4.0",
    ),
}
_WEIGHTS = Text(
    "Learnt from data sets given for research, two of them non-commercial; ImageNet starts likewise.",
    "Aprendió de conjuntos de datos cedidos para investigación, dos de ellos solo no comercial; "
    "los pesos de ImageNet con que empezó, también.",
)

WORDS: Mapping[str, Words] = {
    "finder": {
        "title": Text("Where faces are", "Dónde hay rostros"),
        "data": {
            **_FACES,
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
                "Learnt on composed scenes: crowds, masks and heads seen from above or behind are rare in them.",
                "Aprendió de escenas compuestas: en ellas son raras las multitudes, las mascarillas y las cabezas "
                "vistas desde arriba o por detrás.",
            ),
            _FORBIDDEN,
        ],
        "licence": Text(
            "Learnt from data sets given for research, one of them non-commercial.",
            "Aprendió de conjuntos de datos cedidos para investigación, uno de ellos solo no comercial.",
        ),
    },
    "emotion": {
        "title": Text("Apparent expression", "Expresión aparente"),
        "data": {
            "FER2013": Text(
                "48×48 gray faces from a web search, one noisy label each; for research",
                "rostros grises de 48×48 de una búsqueda en la web, cada uno con una etiqueta poco fiable; "
                "para investigación",
            ),
            "FER+": Text(
                "ten people's votes on each of these faces", "los votos de diez personas sobre cada uno de esos rostros"
            ),
        },
        "limits": [
            Text(
                "The label is the expression that voters saw in a web image, not what the person feels; people agree "
                "with these labels in about 65 of 100 faces.",
                "La etiqueta es la expresión que otros vieron en una imagen de la web, no lo que la persona siente; "
                "la gente coincide con estas etiquetas en unos 65 de cada 100 rostros.",
            ),
            Text(
                "Disgust and fear are rare in the data and often mistaken.",
                "El asco y el miedo son raros en los datos y a menudo se confunden.",
            ),
            Text(
                "Children, old people and dark skin are rare in the data.",
                "Los niños, las personas mayores y la piel oscura son raros en los datos.",
            ),
            _FORBIDDEN,
        ],
        "licence": Text("Learnt from FER2013, given for research.", "Aprendió de FER2013, cedido para investigación."),
    },
    "gender": {
        "title": Text("Apparent gender", "Género aparente"),
        "data": _FACES,
        "limits": [
            _APPEARANCE,
            Text(
                "The data know two labels only, given by others; nobody's identity can be read from them.",
                "Los datos solo conocen dos etiquetas, puestas por otros; no dicen la identidad de nadie.",
            ),
            Text(
                "Children are often mistaken, and so are faces that the data show seldom; see the figures by age.",
                "Con los niños se equivoca a menudo, y con los rostros poco frecuentes en los datos también; "
                "véanse las cifras por edad.",
            ),
            _FORBIDDEN,
        ],
        "licence": _WEIGHTS,
    },
    "age": {
        "title": Text("Apparent age", "Edad aparente"),
        "data": _FACES,
        "limits": [
            _APPEARANCE,
            Text(
                "Light, make-up, glasses and a poor camera move the answer by years: read the interval.",
                "La luz, el maquillaje, las gafas y una mala cámara desvían la respuesta en años: lee el intervalo.",
            ),
            Text("Not fit to decide who is of age.", "No vale para decidir quién es mayor de edad."),
            _FORBIDDEN,
        ],
        "licence": _WEIGHTS,
    },
}


def words(name: str) -> dict[str, Any]:
    """A network's words as its card has them: in English, with the other language under `translations`."""
    return {**_said(WORDS[name], "en"), "translations": {"es": _said(WORDS[name], "es")}}


def _said(words: Words, language: str) -> dict[str, Any]:
    said = attrgetter(language)
    return {
        "title": said(words["title"]),
        "data": {name: said(text) for name, text in words["data"].items()},
        "limits": [said(text) for text in words["limits"]],
        "licence": said(words["licence"]),
    }
