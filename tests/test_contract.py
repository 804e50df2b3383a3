"""Questions made of the contract, right and wrong ones: whatever is asked, the answer keeps it (schemathesis)."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app import create_app
from tests.builders import FakeAnalyze, encoded

schemathesis.openapi.media_type("image/*", some.sampled_from([encoded(), encoded()[:99], encoded(form="PNG")]))
CONTRACT = schemathesis.openapi.from_wsgi("/openapi.json", create_app({"RATE": "1000000 per second"}, FakeAnalyze()))


@CONTRACT.parametrize()
@settings(max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it closes no file that it was sent
def test_answers_keep_it(case: Any) -> None:
    """No schema tells what is a picture: what fits it may be none."""
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
