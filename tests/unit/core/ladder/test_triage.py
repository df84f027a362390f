from __future__ import annotations

from datetime import UTC, datetime, timedelta

from studio.core.ladder.triage import shares
from studio.domain.ladder import FailureKind, FailureLabel


def label(example: str, kind: FailureKind, minute: int = 0) -> FailureLabel:
    return FailureLabel(
        id=f"{example}_{minute}",
        project_id="p",
        run_id=f"run_{minute}",
        example_id=example,
        kind=kind,
        created_at=datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=minute),
    )


def test_shares_are_over_real_failures_only() -> None:
    labels = [
        label("a", FailureKind.CONTEXT),
        label("b", FailureKind.CONTEXT),
        label("c", FailureKind.BEHAVIOUR),
        label("d", FailureKind.CAPABILITY),
        label("e", FailureKind.FINE),
    ]
    assert shares(labels) == (4, 0.5, 0.25, 0.25)


def test_an_example_labelled_twice_counts_once_as_it_was_labelled_last() -> None:
    labels = [label("a", FailureKind.BEHAVIOUR, 5), label("a", FailureKind.CONTEXT, 1)]
    assert shares(labels) == (1, 0.0, 1.0, 0.0)


def test_without_a_failure_no_share_is_known() -> None:
    assert shares([]) == (0, None, None, None)
    assert shares([label("a", FailureKind.FINE)]) == (0, None, None, None)
