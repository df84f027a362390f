"""studio review: what waits is listed, decided about and taken back from the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio

NAME = "letters"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("review")) as opened:
        services = opened.services
        services.models.pull(STARTER)
        services.deployments.create(
            project_id=services.projects.default().id, name=NAME, model_id=STARTER, actor="ann"
        )
        yield opened


def corrected(studio: CliStudio, question: str, correction: str) -> str:
    """Asks the deployment, corrects the answer and returns the correction's id."""
    completions, feedback = studio.services.completions, studio.services.feedback
    body = {"model": NAME, "messages": [{"role": "user", "content": question}]}
    completions.answer(completions.prepare(completions.read("chat", body)))
    project = studio.services.projects.default()
    answered = studio.services.playground.recent(project.id, 1)[0]
    said, _ = feedback.add(answered.id, correction=correction, rater="ann")
    return said.id


def test_a_correction_is_listed_approved_and_taken_back(studio: CliStudio) -> None:
    id = corrected(studio, "Where is parcel 1?", "It arrives on Friday.")
    listed = studio.data("review", "list", NAME)
    assert id in [one["feedback"]["id"] for one in listed["items"]]
    assert "It arrives on Friday." in studio.run("review", "list", NAME).stdout
    review = studio.data("review", "approve", id, "--as", "bob")
    assert (review["verdict"], review["reviewer"]) == ("approved", "bob")
    deployment = studio.services.deployments.named(NAME)
    assert studio.services.feedback.counted(deployment.id).corrections == 1
    assert studio.data("review", "undo", id, "--as", "bob")["verdict"] == "withdrawn"
    assert studio.services.feedback.counted(deployment.id).corrections == 0


def test_an_edit_a_rejection_and_a_conflict(studio: CliStudio) -> None:
    one = corrected(studio, "Where is parcel 2?", "tdoay")
    other = corrected(studio, "Where is parcel 2?", "It is lost.")
    assert studio.data("review", "edit", one, "It comes today.")["answer"] == "It comes today."
    studio.data("review", "approve", other)
    assert "It is lost." in studio.run("review", "conflicts", NAME).stdout
    said = studio.run("review", "reject", other, "--note", "Not true")
    assert "Rejected by cli." in said.stderr
    assert studio.data("review", "conflicts", NAME) == []


def test_personal_data_is_refused_then_taken_out(studio: CliStudio) -> None:
    id = corrected(studio, "Who helps?", "Write to ann@example.org.")
    refused = studio.run("review", "approve", id)
    assert refused.exit_code != 0
    assert "personal data: e-mail address" in refused.stderr
    assert studio.run("review", "approve", id, "--redact", "--keep-personal-data").exit_code != 0
    review = studio.data("review", "approve", id, "--redact")
    assert review["answer"] == "Write to [e-mail address]."


def test_agreement_is_told_in_numbers_and_in_words(studio: CliStudio) -> None:
    report = studio.data("review", "agreement", NAME)
    assert (report["reviews"]["n"], report["blocks"]) == (0, False)
    assert "0 of 30 corrections" in studio.run("review", "agreement", NAME).stdout
