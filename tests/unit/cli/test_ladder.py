"""The ladder on the command line: climbed on the sample project, answered, labelled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest

from studio.cli import ladder
from studio.domain.datasets import Message
from studio.domain.ladder import FailureKind, Rung
from studio.domain.models import ModelHandle
from tests.fakes.cli_studio import CliStudio, cli_studio

NAME = "Quernbeck mail room"
DESKS = ("Kite", "Rook", "Dove", "Owl")


def guesses(model: ModelHandle, conversation: Sequence[Message]) -> str:
    """Knows every answer when tuned; otherwise always names the same desk."""
    if not model.adapter_path:
        return "Kite"
    return TRUTH[conversation[-1].content]


TRUTH: dict[str, str] = {}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("ladder")) as opened:
        opened.generator.rule = guesses
        project = opened.services.sample.prepare().project
        for dataset in opened.services.datasets.all(project.id):
            for version in opened.services.datasets.versions(dataset.id):
                for example in opened.services.datasets.examples(version.id):
                    TRUTH[example.prompt[-1].content] = example.answer
        yield opened


def test_choices_on_the_command_line_are_those_of_the_domain() -> None:
    assert [*ladder.LOWEST_FIRST] == [*Rung][1:]
    assert [*get_args(ladder.KindName)] == [*FailureKind]


def test_the_sample_is_climbed_to_the_rung_that_wins(studio: CliStudio) -> None:
    done = studio.run("ladder", "run", "--project", NAME, "--json")
    assert done.exit_code == 0, done.stderr
    outcome = json.loads(done.stdout)
    by_rung = {one["rung"]: one for one in outcome["rungs"]}
    assert set(by_rung) == {"prompt", "few_shot", "fine_tune"}
    assert by_rung["fine_tune"]["score"] == 1.0
    assert by_rung["fine_tune"]["p_value"] < 0.01
    assert by_rung["prompt"]["low"] <= by_rung["prompt"]["score"] <= by_rung["prompt"]["high"]
    assert by_rung["prompt"]["latency_n"] == 8
    assert by_rung["prompt"]["seconds_estimated"] > 0 and by_rung["prompt"]["seconds_actual"] > 0
    assert by_rung["prompt"]["usd_estimated"] is None, "nobody said what an hour costs"
    prompts = {one["setup"]["system"] for one in outcome["rungs"] if one["rung"] == "prompt"}
    assert len(prompts) == 2, "the guide in the prompt is tried as well"
    rejected = {one["rung"]: one for one in outcome["rejected"]}
    skipped = {rung: one["because"] for rung, one in rejected.items() if not one["measured"]}
    assert {"long_context", "rag", "rag_fine_tune"} <= set(skipped)
    assert rejected["prompt"]["measured"] is True
    assert "needs documents" in skipped["rag"]
    assert outcome["verdict"]["recommended"] == "fine_tune"
    assert outcome["fired"] == [one["rule"]["id"] for one in outcome["verdict"]["fired"]]
    assert outcome["charter"]["metric"] == "accuracy"
    # Twice the same climb measures nothing twice.
    asked = len(studio.generator.asked)
    again = studio.data("ladder", "run", "--project", NAME)
    assert len(studio.generator.asked) == asked
    assert [one["run_id"] for one in again["rungs"]] == [one["run_id"] for one in outcome["rungs"]]


def test_an_answers_file_fills_charter_facts_suite_and_prompt(
    studio: CliStudio, tmp_path: Path
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(
        "charter: {client: Acme, target: 0.5}\n"
        "facts: {needs_citation: false}\n"
        "suite: {dataset: Incoming messages, limit: 25}\n"
        "rungs: [prompt]\n"
        "prompt: {system: Name the desk., max_new_tokens: 4}\n",
        encoding="utf-8",
    )
    outcome = studio.data("ladder", "run", "--project", NAME, "--answers", str(file))
    assert outcome["n"] == 25
    (only,) = outcome["rungs"]
    assert only["setup"]["system"] == "Name the desk."
    assert only["setup"]["decoding"]["max_new_tokens"] == 4
    assert outcome["charter"]["target"] == 0.5
    shown = studio.data("ladder", "show", "--project", NAME)
    assert (shown["charter"]["client"], shown["n"]) == ("Acme", 25)
    said = studio.data("ladder", "questions", "--project", NAME)["answers"]
    assert said["needs_citation"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("charter: {metric: luck}", "charter.metric"),
        ("colour: red", "colour"),
        ("- a\n- b", "no list of names"),
        ("a: [", "neither YAML nor JSON"),
        ("documents: [nowhere.pdf]", "nowhere.pdf"),
        ("x: !!python/object/apply:os.system [true]", "neither YAML nor JSON"),
    ],
)
def test_an_answers_file_that_cannot_be_meant_is_refused(
    studio: CliStudio, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")
    done = studio.run("ladder", "run", "--project", NAME, "--answers", str(file))
    assert done.exit_code == 1
    assert words in done.stderr


def test_wrong_answers_are_listed_and_labelled(studio: CliStudio) -> None:
    runs = studio.data("ladder", "show", "--project", NAME)["runs"]
    prompt = next(run for run in runs if run["setup"]["rung"] == "prompt")
    wrong = studio.data("ladder", "label", prompt["id"])
    example = wrong[0]["result"]["example_id"]
    labelled = studio.data("ladder", "label", prompt["id"], example, "behaviour", "--rater", "Ada")
    assert labelled[0]["label"]["kind"] == "behaviour"
    assert studio.run("ladder", "label", prompt["id"], example).exit_code == 2


def test_rules_questions_and_verdict_are_shown(studio: CliStudio) -> None:
    assert {"B1", "B2"} <= {rule["id"] for rule in studio.data("ladder", "rules")}
    assert "B1" in studio.run("ladder", "rules").stdout
    asked = studio.data("ladder", "questions", "--project", NAME, "--set", "needs_citation=true")
    assert asked["answers"]["needs_citation"] is True
    cleared = studio.data("ladder", "questions", "--project", NAME, "--set", "needs_citation=")
    assert cleared["answers"]["needs_citation"] is None
    assert studio.data("ladder", "verdict", "--project", NAME)["headline"]


def test_a_person_reads_reasons_tests_and_what_would_change_it(studio: CliStudio) -> None:
    assert "That is below the least that a fine-tuning" in studio.run("ladder", "rules").stdout
    verdict = studio.data("ladder", "verdict", "--project", NAME)
    told = studio.run("ladder", "verdict", "--project", NAME).stdout
    assert f"Would change it: {verdict['would_change'][0]}" in told
    assert f"Not verified: {verdict['not_verified'][0]}" in told


def test_checklists_are_ticked_and_readiness_is_told(studio: CliStudio) -> None:
    asked = ("ladder", "checklist", "--project", NAME)
    given = studio.data(*asked, "--tick", "personal_data")
    ticked = {one["id"]: one["by"] for one in given["checklist"] if one["done"]}
    assert ticked["personal_data"] == "person"
    assert ticked["version"] == "studio"
    assert given["readiness"]["n_labelled"] > 0
    told = studio.run(*asked).stdout
    assert "a pilot takes" in told and "[x]  before" in told
    back = studio.data(*asked, "--untick", "personal_data")["checklist"]
    assert not next(one for one in back if one["id"] == "personal_data")["done"]
    assert "no point 'luck'" in studio.run(*asked, "--tick", "luck").stderr


def test_our_own_thresholds_are_changed_and_taken_back(studio: CliStudio) -> None:
    asked = ("ladder", "thresholds", "--project", NAME)
    given = studio.data(*asked, "--set", "dominant_share=60%", "--set", "few_examples=100")
    own = {one["name"]: one["value"] for one in given if one["changed"]}
    assert own == {"dominant_share": 0.6, "few_examples": 100.0}
    verdict = studio.data("ladder", "verdict", "--project", NAME)
    assert [one["name"] for one in verdict["changed"]] == ["few_examples", "dominant_share"]
    told = studio.run("ladder", "verdict", "--project", NAME).stdout
    assert "Changed here: dominant_share 60 % instead of 50 %." in told
    refused = studio.run(*asked, "--set", "min_examples=5")
    assert refused.exit_code == 1 and "OpenAI, optimising LLM accuracy" in refused.stderr
    assert "names no number" in studio.run(*asked, "--set", "few_examples=many").stderr
    back = studio.data(*asked, "--set", "dominant_share=", "--set", "few_examples=")
    assert not any(one["changed"] for one in back)
    assert "our judgement" in studio.run(*asked).stdout


def test_an_unknown_rung_is_refused(studio: CliStudio) -> None:
    done = studio.run("ladder", "run", "--project", NAME, "--rungs", "magic")
    assert done.exit_code == 2
    assert "'magic' is no rung" in done.stderr


def test_a_project_without_examples_is_told_what_to_do(studio: CliStudio) -> None:
    studio.services.projects.create(name="Empty")
    done = studio.run("ladder", "run", "--project", "Empty")
    assert done.exit_code == 1
    assert "studio data import" in done.stderr


def test_the_charter_is_signed(studio: CliStudio) -> None:
    asked = ("--project", NAME)
    assert "Not signed yet" in studio.run("ladder", "show", *asked).stdout
    signed = studio.data("ladder", "sign", *asked, "--name", "Ada Muster", "--role", "Owner")
    assert (signed["signed"]["name"], signed["signed"]["role"]) == ("Ada Muster", "Owner")
    assert "Signed by Ada Muster" in studio.run("ladder", "show", *asked).stdout
    again = studio.run("ladder", "sign", *asked, "--name", "Ben")
    assert again.exit_code == 1 and "What to do" in again.stderr
