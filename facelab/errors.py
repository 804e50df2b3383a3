"""What can go wrong, as a tree:

FacelabError
├── RequestError            the question is malformed: a field, a parameter, a network's name
├── ImageError              the picture cannot be used
│   ├── NotAnImage          the bytes are no JPEG, PNG, WebP or GIF
│   ├── CorruptImage        a picture that is damaged or cut short
│   └── ImageTooLarge       more bytes or pixels than the cap allows
├── FilmError               the film cannot be used, or not be written
├── OutputError             what was asked for cannot be written; no picture's fault, it ends a run
├── ClusterError            a machine or a store fails; the same command tries again
├── Busy                    as many others are served as can be
├── NotReady                a network does not answer as its card says
├── SettingError            a FACELAB_… variable is unknown or its value does not fit
└── ModelError              a model file or its card is missing, damaged or does not fit
"""


class FacelabError(Exception):
    """Base of all errors that facelab raises on purpose; the message is fit to be shown."""


class RequestError(FacelabError):
    """The question is malformed."""


class ImageError(FacelabError):
    """The picture cannot be used."""


class NotAnImage(ImageError):
    """The bytes are no picture in a format that is read."""


class CorruptImage(ImageError):
    """The bytes begin as a picture but are damaged or cut short."""


class ImageTooLarge(ImageError):
    """The picture has more bytes or pixels than the cap allows."""


class FilmError(FacelabError):
    """The film cannot be used, or not be written."""


class OutputError(FacelabError):
    """What was asked for cannot be written."""


class ClusterError(FacelabError):
    """A machine of a cluster, or a store of files, fails; the same command tries again."""


class Busy(FacelabError):
    """As many others are served as can be; later there may be a place."""


class NotReady(FacelabError):
    """A network does not answer as its card says."""


class SettingError(FacelabError):
    """A FACELAB_… variable is unknown, or its value does not fit."""


class ModelError(FacelabError):
    """A model file or its card is missing, damaged or does not fit."""
