"""Examples become lines that servers understand; the same examples give the same bytes."""

from __future__ import annotations

import hashlib
import json

from backends.openai_api import lines
from studio.domain.training import Objective
from tests import tiny_rows
from tests.unit.backends.openai_api.errands import TRAIN, VALIDATION, spec


def test_a_conversation_teaches_its_last_answer_only() -> None:
    (row,) = lines.written(Objective.SFT, [tiny_rows.conversation(1)]).splitlines()
    assert json.loads(row) == {
        "messages": [
            {"role": "user", "content": "What colour has the sky?"},
            {"role": "assistant", "content": "Blue.", "weight": 0},
            {"role": "user", "content": "And coal?"},
            {"role": "assistant", "content": "Black."},
        ]
    }


def test_a_pair_holds_both_answers() -> None:
    pair = TRAIN[0].with_(rejected="Green — perhaps.")
    (row,) = lines.written(Objective.DPO, [pair]).splitlines()
    made = json.loads(row)
    assert made["input"]["messages"] == [turn.model_dump() for turn in pair.prompt]
    assert made["preferred_output"] == [{"role": "assistant", "content": pair.answer}]
    assert made["non_preferred_output"] == [{"role": "assistant", "content": "Green — perhaps."}]
    assert "—".encode() in row


def test_an_empty_split_is_no_file() -> None:
    assert list(lines.files(spec(), TRAIN, ())) == ["train.jsonl"]


def test_the_disclosure_stands_for_exactly_these_bytes_and_this_place() -> None:
    contents = lines.files(spec(), TRAIN, VALIDATION)
    rows = {"train.jsonl": len(TRAIN), "validation.jsonl": len(VALIDATION)}
    shown = lines.disclosure("api.example.org", "base", contents, rows)
    assert [(f.name, f.rows, f.size, f.sha256) for f in shown.files] == [
        (name, rows[name], len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    ]
    others = {
        lines.disclosure("api.example.com", "base", contents, rows).fingerprint,
        lines.disclosure("api.example.org", "other", contents, rows).fingerprint,
        lines.disclosure(
            "api.example.org", "base", contents | {"train.jsonl": b"{}\n"}, rows
        ).fingerprint,
    }
    assert len(others | {shown.fingerprint}) == 4
    assert shown == lines.disclosure("api.example.org", "base", dict(contents), rows)
