"""What people should know of each network: the words of its card (after Mitchell et al. 2019, arXiv 1810.03993)."""

from collections.abc import Mapping
from typing import Any

_APPEARANCE = "The answer is a guess from appearance in one picture, not a fact about the person."
_FORBIDDEN = (
    "Not for decisions about people. Recognising emotions at work and in schools is forbidden in the EU "
    "(Regulation 2024/1689, Art. 5(1)(f))."
)
_FACES = {
    "All-Age-Faces": "photographs, mostly of East Asian people; for research",
    "UTKFace": "faces from the web, ages partly estimated; for non-commercial research",
    "FairFace": "faces from Flickr, balanced by seven groups named as race, ages as ranges; CC BY 4.0",
}
_WEIGHTS = "Learnt from data sets given for research, two of them non-commercial; ImageNet starts likewise."

WORDS: Mapping[str, Mapping[str, Any]] = {
    "emotion": {
        "title": "Apparent expression",
        "data": {"FER2013": "48×48 gray faces from a web search, one noisy label each; for research"},
        "limits": [
            "The label is the expression that voters saw in a web image, not what the person feels; people agree "
            "with these labels in about 65 of 100 faces.",
            "Disgust and fear are rare in the data and often mistaken.",
            "Children, old people and dark skin are rare in the data.",
            _FORBIDDEN,
        ],
        "licence": "Learnt from FER2013, given for research.",
    },
    "gender": {
        "title": "Apparent gender",
        "data": _FACES,
        "limits": [
            _APPEARANCE,
            "The data know two labels only, given by others; nobody's identity can be read from them.",
            "Children are often mistaken, and so are faces that the data show seldom; see the figures by age.",
            _FORBIDDEN,
        ],
        "licence": _WEIGHTS,
    },
    "age": {
        "title": "Apparent age",
        "data": _FACES,
        "limits": [
            _APPEARANCE,
            "Light, make-up, glasses and a poor camera move the answer by years: read the interval.",
            "Not fit to decide who is of age.",
            _FORBIDDEN,
        ],
        "licence": _WEIGHTS,
    },
}
