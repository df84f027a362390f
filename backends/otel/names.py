"""names: what OpenTelemetry calls things of generative AI; its own constants are still moving."""

from __future__ import annotations

DURATION = "gen_ai.client.operation.duration"
TOKEN_USAGE = "gen_ai.client.token.usage"
EVALUATION = "gen_ai.evaluation.result"

OPERATION_NAME = "gen_ai.operation.name"
PROVIDER_NAME = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
TOKEN_TYPE = "gen_ai.token.type"
ERROR_TYPE = "error.type"
EVALUATION_NAME = "gen_ai.evaluation.name"
SCORE_VALUE = "gen_ai.evaluation.score.value"
SCORE_LABEL = "gen_ai.evaluation.score.label"
EXPLANATION = "gen_ai.evaluation.explanation"

CHAT = "chat"
SECONDS, TOKENS = "s", "{token}"
DURATION_EDGES = (
    *(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
    *(1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
)
"""Of the histogram, as the specification advises."""
TOKEN_EDGES = tuple(4**power for power in range(14))
