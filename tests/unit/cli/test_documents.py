"""studio documents, spoken to a running studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import ERROR, OK, REFUSED, USAGE
from tests.fakes.cli_studio import CliStudio, cli_studio

TERMS = """# Delivery

Parcels arrive within two days. Heavy parcels need a week.

# Returns

Goods may be sent back for thirty days.
"""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path / "data") as studio:
        yield studio


@pytest.fixture
def terms(tmp_path: Path) -> str:
    file = tmp_path / "terms.md"
    file.write_text(TERMS, encoding="utf-8")
    return str(file)


@pytest.fixture
def questions(tmp_path: Path) -> str:
    rows = [
        {"question": "How long do parcels need?", "answer": "two days", "document_id": "terms.md"},
        {"question": "Who?", "answer": "nobody", "document_id": "terms.md"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def test_documents_are_added_indexed_and_searched(studio: CliStudio, terms: str) -> None:
    added = studio.data("documents", "add", terms)
    assert [one["key"] for one in added["documents"]] == ["terms.md"]
    assert added["corpus"]["status"] == "stale"
    assert studio.data("documents", "index")["status"] == "ready"
    (first,) = studio.data("documents", "search", "thirty days", "--passages", "1")
    assert "thirty days" in first["chunk"]["text"]
    shown = studio.run("documents", "search", "thirty days", "--mode", "keyword")
    assert shown.exit_code == OK
    assert "thirty days" in shown.stdout


def test_collections_and_their_documents_are_listed(studio: CliStudio, terms: str) -> None:
    studio.data("documents", "add", terms, "--corpus", "Terms")
    (corpus,) = studio.data("documents", "list")
    assert (corpus["name"], corpus["n_documents"]) == ("Terms", 1)
    (line,) = studio.data("documents", "list", "--corpus", "Terms")
    assert line["key"] == "terms.md"
    assert "Terms" in studio.run("documents", "list").stdout
    assert "terms.md" in studio.run("documents", "list", "--corpus", "Terms").stdout


def test_what_cannot_be_read_is_told_and_ends_with_its_code(
    studio: CliStudio, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"no pdf at all")
    refused = studio.run("documents", "add", str(broken))
    assert refused.exit_code == REFUSED
    assert "broken.pdf" in refused.stderr


def test_searching_is_measured_where_answers_are_known(
    studio: CliStudio, terms: str, questions: str
) -> None:
    studio.data("documents", "add", terms)
    studio.data("documents", "index", "--words", "20", "--overlap", "0")
    unknown = studio.run("documents", "measure", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)) == (ERROR, [])
    known = studio.run("documents", "gold", questions)
    assert known.exit_code == OK
    assert "line 2" in known.stderr
    scores = studio.data("documents", "measure")
    assert [one["mode"] for one in scores] == ["keyword", "meaning", "hybrid"]
    assert scores[0]["hit_at_1"] == 1.0
    assert "hit@5" in studio.run("documents", "measure").stdout


def test_documents_and_collections_are_removed(studio: CliStudio, terms: str) -> None:
    studio.data("documents", "add", terms)
    assert studio.run("documents", "remove", "other.md").exit_code == ERROR
    studio.data("documents", "remove", "terms.md")
    assert studio.data("documents", "list", "--corpus", "Documents") == []
    studio.data("documents", "remove", "--all")
    assert studio.data("documents", "list") == []


def test_a_command_must_say_what_it_is_about(studio: CliStudio, terms: str) -> None:
    assert studio.run("documents", "index").exit_code == ERROR
    assert studio.run("documents", "remove").exit_code == USAGE
    for name in ("One", "Two"):
        studio.data("documents", "add", terms, "--corpus", name)
    many = studio.run("documents", "index")
    assert many.exit_code == ERROR
    assert "--corpus" in many.stderr
    assert studio.data("documents", "index", "--corpus", "Two")["name"] == "Two"
