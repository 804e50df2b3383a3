"""PyPI `fer`: OpenCV's cascade and a Keras network for the expression."""

import json
import sys
import time

import cv2
from fer.fer import FER

picture, seconds = cv2.imread(sys.argv[1]), float(sys.argv[2])
detector, times = FER(), []
assert detector.detect_emotions(picture), "a face was expected"  # noqa: S101
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    detector.detect_emotions(picture)
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps(times))
