"""Words for the cards of networks, in English and Spanish: their form, and those that several cards share."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict


class Text(NamedTuple):
    """The same in each language of the page."""

    en: str
    es: str


class Words(TypedDict):
    """What a card says to people (after Mitchell et al. 2019). `data`: what each data set is, by its name.

    `use`: what it is meant for and what not. `factors`: what its answers may depend on, and by which of it is measured.
    """

    title: Text
    use: Text
    factors: Text
    data: Mapping[str, Text]
    limits: Sequence[Text]
    licence: Text


APPEARANCE = Text(
    "The answer is a guess from appearance in one picture, not a fact about the person.",
    "La respuesta es una conjetura por el aspecto en una sola imagen, no un hecho sobre la persona.",
)
FORBIDDEN = Text(
    "Not for decisions about people. Recognising emotions at work and in schools is forbidden in the EU "
    "(Regulation 2024/1689, Art. 5(1)(f)).",
    "No sirve para decidir sobre personas. Reconocer emociones en el trabajo y en la escuela está prohibido en la UE "
    "(Reglamento 2024/1689, art. 5.1.f).",
)
USE = Text(
    "For research and teaching, on photographs and webcam frames of people who agreed. Not for decisions about people, "
    "nor to watch or identify them.",
    "Para investigación y enseñanza, con fotografías e imágenes de cámara de personas que lo aceptaron. No sirve para "
    "decidir sobre personas, ni para vigilarlas o identificarlas.",
)
FACTORS = Text(
    "Light, blur, pose, make-up, glasses, age and looks. Measured by age and by the groups that a data set names as "
    "race; what is not measured apart is unknown.",
    "La luz, el desenfoque, la postura, el maquillaje, las gafas, la edad y el aspecto. Se mide por la edad y por los "
    "grupos que un conjunto de datos llama razas; lo que no se mide por separado no se sabe.",
)
FACES = {
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
TEACHING = Text(
    "faces of known persons from the web, by way of a network that learnt from them and taught this one; for "
    "non-commercial research",
    "rostros de personas conocidas, de la web, por medio de una red que aprendió de ellos y enseñó a esta; para "
    "investigación no comercial",
)
TAUGHT_FACES = {**FACES, "VGGFace2": TEACHING, "WebFace600K": TEACHING}
TAUGHT_LICENCE = Text(
    "Learnt from data sets and networks given for research, some of them non-commercial; ImageNet starts likewise.",
    "Aprendió de conjuntos de datos y de redes cedidos para investigación, algunos no comerciales; los pesos de "
    "ImageNet con que empezó, también.",
)
