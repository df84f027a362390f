"""A run's figures become the table that clients of the wire fetch."""

from __future__ import annotations

from studio.domain.jobs import Event
from studio.domain.values import now
from studio.services.wire_results import by_step, table


def told(n: int, **data: float) -> Event:
    return Event(n=n, at=now(), kind="metrics", data=data)


def test_what_was_measured_at_one_step_stands_in_one_line_and_the_rest_is_blank() -> None:
    events = [
        told(1, step=1, loss=2.0),
        told(2, step=2, loss=1.0, token_accuracy=0.5),
        told(3, step=2, validation_loss=1.25, validation_token_accuracy=0.0),
        Event(n=4, at=now(), kind="checkpoint", data={"step": 2}),
        told(5, tokens_per_second=3.0),
    ]
    assert table(events).splitlines() == [
        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy",
        "1,2.0,,,",
        "2,1.0,0.5,1.25,0.0",
    ]


def test_a_step_that_was_done_again_counts_as_done_last() -> None:
    events = [told(1, step=1, loss=2.0), told(2, step=2, loss=1.5), told(3, step=1, loss=1.75)]
    found = by_step(events)
    assert [found[step]["loss"] for step in found] == [1.75, 1.5]
