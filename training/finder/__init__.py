"""The training of the face finder: scenes composed from labelled faces, a network, its fit, export and measures."""
