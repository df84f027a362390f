"""The sample project is what its README says: valid, balanced, varied, without near copies."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[3] / "assets" / "sample"


@cache
def project() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLE / "project.json").read_text(encoding="utf-8"))
    return loaded


@cache
def rows() -> tuple[dict[str, Any], ...]:
    text = (SAMPLE / project()["file"]).read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


@cache
def messages() -> tuple[str, ...]:
    return tuple(row["messages"][0]["content"] for row in rows())


@cache
def answers() -> tuple[str, ...]:
    return tuple(row["messages"][1]["content"] for row in rows())


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("'", "").replace("’", ""))


def sequences(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def character_grams(text: str, length: int = 5) -> set[str]:
    flat = " ".join(words(text))
    return {flat[i : i + length] for i in range(max(1, len(flat) - length + 1))}


def too_alike(sets: list[set[Any]], limit: float) -> Iterator[tuple[int, int]]:
    for (i, left), (j, right) in combinations(enumerate(sets), 2):
        shared = len(left & right)
        if shared and shared / (len(left) + len(right) - shared) >= limit:
            yield i, j


def shown(pairs: Iterator[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(messages()[i], messages()[j]) for i, j in pairs]


def test_every_row_is_one_question_and_one_answer() -> None:
    assert len(rows()) >= 400
    for row in rows():
        assert list(row) == ["messages"]
        assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
        for turn in row["messages"]:
            assert set(turn) == {"role", "content"}
            assert turn["content"] == turn["content"].strip() != ""
            assert "\n" not in turn["content"]


def test_every_answer_is_a_desk_of_the_guide_and_every_desk_is_used() -> None:
    assert set(answers()) == set(project()["labels"])


def test_the_system_prompt_names_every_desk_and_nothing_that_belongs_there() -> None:
    prompt: str = project()["system_prompt"]
    assert all(f" {desk}" in prompt for desk in project()["labels"])
    assert not any(belongs in prompt for belongs in project()["labels"].values())


def test_the_prompting_rung_is_given_the_whole_guide_in_its_order() -> None:
    prompt: str = project()["prompted_system_prompt"]
    lines = [f"{desk}: {belongs}" for desk, belongs in project()["labels"].items()]
    assert "\n".join(lines) in prompt
    assert "desk name only" in prompt
    assert len(prompt.split()) <= 150


def test_desks_differ_within_their_first_three_letters() -> None:
    desks = list(project()["labels"])
    for one, other in combinations(desks, 2):
        assert one[:3] != other[:3]
    assert all(len(desk) <= 5 for desk in desks)


def test_desks_are_about_equally_frequent() -> None:
    counts = Counter(answers())
    assert min(counts.values()) >= 40
    assert max(counts.values()) <= 1.25 * min(counts.values())


def test_rows_are_shuffled_so_that_the_first_ones_shown_are_of_many_desks() -> None:
    assert len(set(answers()[:20])) >= 8


def test_no_message_occurs_twice() -> None:
    normalised = Counter(" ".join(words(message)) for message in messages())
    assert [text for text, count in normalised.items() if count > 1] == []


def test_no_two_messages_are_near_copies_letter_by_letter() -> None:
    assert shown(too_alike([character_grams(message) for message in messages()], 0.35)) == []


def test_no_two_messages_are_near_copies_in_their_words() -> None:
    assert shown(too_alike([set(words(message)) for message in messages()], 0.5)) == []


def test_no_six_words_in_a_row_are_shared() -> None:
    counts = Counter(s for message in messages() for s in sequences(message, 6))
    assert [" ".join(s) for s, count in counts.items() if count > 1] == []


def test_no_opening_is_a_habit() -> None:
    openings = Counter(tuple(words(message)[:3]) for message in messages())
    opening, count = openings.most_common(1)[0]
    assert count <= len(rows()) * 0.02, opening


def test_lengths_run_from_a_line_to_a_paragraph() -> None:
    lengths = sorted(len(message.split()) for message in messages())
    tenth = len(lengths) // 10
    assert lengths[0] <= 4
    assert lengths[tenth] <= 12
    assert 14 <= lengths[len(lengths) // 2] <= 25
    assert lengths[-tenth] >= 26
    assert 50 <= lengths[-1] <= 100


def test_no_message_gives_its_desk_away_by_name() -> None:
    for message, desk in zip(messages(), answers(), strict=True):
        assert desk.lower() not in words(message), message
