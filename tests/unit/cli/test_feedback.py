"""studio feedback: said one by one, listed, and brought in from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio

NAME = "letters"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("feedback")) as opened:
        services = opened.services
        services.models.pull(STARTER)
        services.deployments.create(
            project_id=services.projects.default().id, name=NAME, model_id=STARTER, actor="ann"
        )
        yield opened


def test_an_answer_is_rated_and_corrected_by_the_id_it_came_with(studio: CliStudio) -> None:
    completions = studio.services.completions
    body = {"model": NAME, "messages": [{"role": "user", "content": "Where?"}]}
    id = str(completions.answer(completions.prepare(completions.read("chat", body)))["id"])
    said = studio.data("feedback", "add", id, "--thumb", "down", "--as", "ann")
    assert (said["feedback"]["thumb_up"], said["counted"]["deployment"]) == (False, NAME)
    told = studio.run("feedback", "add", id, "--correction", "There.", "--as", "ann")
    assert "1 waits for a review" in told.stderr
    newest, oldest = studio.data("feedback", "list", NAME)
    assert (newest["correction"], oldest["thumb_up"]) == ("There.", False)
    assert "There." in studio.run("feedback", "list", NAME).stdout


def test_a_file_is_brought_in_and_refused_rows_are_told(studio: CliStudio, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("prompt,answer,thumb\nWhen?,Now.,up\nWhen?,Now.,maybe\n", encoding="utf-8")
    words = ("feedback", "import", NAME, str(file), "--column", "prompt=question")
    found = studio.data(*words)
    assert (found["kept"], [row["line"] for row in found["refused"]]) == (1, [3])
    told = studio.run(*words)
    assert "0 kept, 1 known already, 1 refused" in told.stdout
    assert "neither up nor down" in told.stderr


def test_a_column_needs_two_names(studio: CliStudio, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("question,answer,thumb\n", encoding="utf-8")
    told = studio.run("feedback", "import", NAME, str(file), "--column", "prompt")
    assert told.exit_code == 2
    assert "THEIRS=OURS" in told.stderr
