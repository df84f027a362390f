"""A policy and facts with which a retraining begins, to be changed one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from studio.core.feedback.triggers import Facts
from studio.domain.retraining import RetrainPolicy

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def policy(**changes: Any) -> RetrainPolicy:
    return RetrainPolicy(
        **{"deployment_id": "deployment", "created_at": NOON - timedelta(days=40), **changes}
    )


def facts(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "now": NOON,
        "groups": 120,
        "raters": {"ann": 70, "ben": 50},
        "newest": NOON - timedelta(hours=2),
        "thumbs_up": 900,
        "thumbs": 1000,
        "psi": 0.05,
        "last_ended": NOON - timedelta(days=3),
        "last_began": NOON - timedelta(days=4),
        "spent_usd": Decimal(0),
        "estimated_usd": Decimal(0),
    }
    return Facts(**{**known, **changes})
