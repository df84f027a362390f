"""Clients as consultants meet them, written from the published guidance."""

from __future__ import annotations

from tests.unit.core.ladder.client import Scenario
from tests.unit.core.ladder.scenarios_evidence import EVIDENCE
from tests.unit.core.ladder.scenarios_operation import OPERATION
from tests.unit.core.ladder.scenarios_tuning import TUNING

SCENARIOS: tuple[Scenario, ...] = (*EVIDENCE, *TUNING, *OPERATION)
