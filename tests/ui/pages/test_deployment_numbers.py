"""Numbers of a deployment: what is not known is never a zero."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from studio.domain.monitoring import Rate
from studio.domain.values import now
from studio.ui.pages.deployments.numbers_vm import Numbers
from tests.fakes.page_traffic import FakeTraffic


def test_without_answers_the_share_of_rated_ones_is_not_known() -> None:
    services: Any = None
    numbers = Numbers(services=services, deployment_id="dep_1")
    window = FakeTraffic().window("dep_1", start=now() - timedelta(hours=24), end=now())
    numbers.traffic = window.with_(answers=0, rated=Rate(k=0, n=0), corrections=0)
    assert ("Rated", "not known", "0 corrections among them") in numbers.figures()
    numbers.traffic = window
    assert ("Rated", "8.1 %", "12 corrections among them") in numbers.figures()
