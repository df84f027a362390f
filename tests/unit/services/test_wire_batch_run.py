"""Lines of a batch are read one by one, and asked together where that changes no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.services import wire_batch_run
from studio.services.wire_batch_run import Waiting, groups, joined, numbered
from tests.fakes.wire_answers import LOUD, Answers

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.bench.database.close()


def waiting(answers: Answers, number: int, text: str, **more: Any) -> Waiting:
    body = {"model": "base", "messages": [{"role": "user", "content": text}], **more}
    asked = answers.completions.read("chat", body)
    return Waiting(number, str(number), answers.completions.prepare(asked, seed=100))


def numbers(found: list[list[Waiting]]) -> list[list[int]]:
    return [[one.number for one in group] for group in found]


def test_lines_of_one_model_and_one_way_go_together(answers: Answers) -> None:
    found = groups(
        [
            waiting(answers, 1, "a"),
            waiting(answers, 2, "b", temperature=0),
            waiting(answers, 3, "c"),
            waiting(answers, 4, "d", model=LOUD),
            waiting(answers, 5, "a"),
            waiting(answers, 6, "e", n=2),
        ]
    )
    assert numbers(found) == [[1, 3, 5], [2], [4], [6]]


def test_equal_questions_with_a_seed_of_their_own_go_separate_ways(answers: Answers) -> None:
    found = groups([waiting(answers, n, text, seed=7) for n, text in enumerate("aab")])
    assert numbers(found) == [[0, 2], [1]]


def test_joined_lines_know_which_answers_are_theirs_and_how_they_are_drawn(
    answers: Answers,
) -> None:
    whole, shares = joined(
        [
            waiting(answers, 1, "a", n=2),
            waiting(answers, 2, "b", n=2),
            waiting(answers, 3, "a", n=2),
        ]
    )
    assert [question[0].content for question in whole.questions] == list("aabbaa")
    assert [(one.number, first) for one, first, _ in shares] == [
        (1, 0),
        (1, 0),
        (2, 2),
        (2, 2),
        (3, 4),
        (3, 4),
    ]
    drawn = [[decoding.seed for decoding in ready.decodings] for _, _, ready in shares[::2]]
    assert drawn == [[100, 101], [100, 101], [102, 103]]


def test_lines_are_numbered_as_an_editor_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_batch_run, "LONGEST_LINE", 200)
    good = {"custom_id": "a", "method": "POST", "url": CHAT, "body": {}}
    lines = [json.dumps(good), "", "x" * 500, json.dumps({**good, "custom_id": "b"})]
    path = tmp_path / "asked.jsonl"
    path.write_text("\n".join(lines))
    found = [(number, line.custom_id, line.code) for number, line in numbered(path, CHAT, set())]
    assert found == [(1, "a", ""), (3, None, "line_too_long"), (4, "b", "")]
