"""A rung measured with a hosted model counts, and is billed, under the id it has there."""

from __future__ import annotations

from studio.core.costing.measured import arm_of
from studio.domain.ladder import Rung
from studio.services.hosted_runs import under_their_endpoints
from tests.fakes.page_values import model_version
from tests.unit.core.costing.situations import run


def test_only_models_tuned_elsewhere_change_their_names() -> None:
    there = model_version(id="mv_2", endpoint="openai", remote_model="ft:gpt:x", path="")
    runs = [
        run(Rung.FINE_TUNE, 0.8, model_id="mv_1"),
        run(Rung.FINE_TUNE, 0.9, model_id="mv_2"),
        run(Rung.PROMPT, 0.4, model_id="endpoint:openai/gpt"),
    ]
    found = under_their_endpoints(runs, [model_version(), there])
    assert [one.setup.model_id for one in found] == [
        *("mv_1", "endpoint:openai/ft:gpt:x", "endpoint:openai/gpt"),
    ]
    assert [arm_of(one) for one in found[:2]] == ["fine_tune_local", "fine_tune_hosted"]
