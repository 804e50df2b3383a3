"""Data sets, networks in Keras, fitting, evaluating, exporting. Imports facelab, is never imported by it."""
