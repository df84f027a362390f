"""Batches keep what came of each line once, together with the answers it tells."""

from __future__ import annotations

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.values import now
from studio.domain.wire_batches import BatchLine, BatchStatus, WireBatch
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.wire_batches import AT_ONCE, WireBatchStore
from tests.unit.store import samples


def batch(**changes: object) -> WireBatch:
    made = WireBatch(
        id="batch_1",
        project_id="project_1",
        endpoint="/v1/chat/completions",
        input_file_id="file_1",
        metadata={"k": "v"},
        status=BatchStatus.IN_PROGRESS,
        created_at=now(),
        expires_at=now(),
    )
    return made.with_(**changes)


def line(number: int, *, succeeded: bool = True, tokens: int | None = 2) -> BatchLine:
    return BatchLine(
        batch_id="batch_1",
        line=number,
        succeeded=succeeded,
        told=f'{{"n": {number}}}',
        prompt_tokens=tokens,
        output_tokens=tokens,
    )


@pytest.fixture
def store(database: Database) -> WireBatchStore:
    made = WireBatchStore(database, FeedbackStore(database))
    made.add(batch())
    return made


def test_a_batch_under_way_counts_what_has_come(store: WireBatchStore) -> None:
    store.add_lines([line(1), line(2), line(3, succeeded=False, tokens=None)])
    found = store.get("batch_1")
    assert (found.completed, found.failed) == (2, 1)
    assert (found.prompt_tokens, found.output_tokens) == (4, 4)
    store.add_lines([line(4, tokens=None)])
    assert store.all("project_1")[0].prompt_tokens is None
    assert store.done("batch_1") == {1, 2, 3, 4}


def test_the_same_line_again_changes_nothing_and_its_answer_comes_along(
    store: WireBatchStore, database: Database
) -> None:
    answer = samples.inference()
    store.add_lines([line(1)], [answer])
    store.add_lines([line(1, succeeded=False)], [answer])
    assert [one.succeeded for one in store.lines("batch_1", succeeded=True)] == [True]
    assert FeedbackStore(database).inference(answer.id) == answer


def test_lines_are_told_in_order_however_many(store: WireBatchStore) -> None:
    numbers = range(1, AT_ONCE + 3)
    store.add_lines([line(number) for number in reversed(numbers)])
    assert [one.line for one in store.lines("batch_1", succeeded=True)] == list(numbers)


def test_a_batch_that_ended_keeps_its_counts_and_not_its_lines(store: WireBatchStore) -> None:
    store.add_lines([line(1)])
    whole = store.get("batch_1")
    store.save(whole.with_(status=BatchStatus.COMPLETED), expected=BatchStatus.IN_PROGRESS)
    assert store.get("batch_1").completed == 1
    assert store.done("batch_1") == set()


def test_who_was_slower_is_told(store: WireBatchStore) -> None:
    cancelling = store.get("batch_1").with_(status=BatchStatus.CANCELLING)
    store.save(cancelling, expected=BatchStatus.IN_PROGRESS)
    with pytest.raises(Conflict, match="cancelling"):
        store.save(batch(status=BatchStatus.FINALIZING), expected=BatchStatus.IN_PROGRESS)
    with pytest.raises(NotFound):
        store.get("batch_2")
