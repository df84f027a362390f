"""studio report writes the report of a project, whatever was measured, and says where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.reports.outline import CHAPTERS
from tests.fakes import paper
from tests.fakes.cli_studio import CliStudio, cli_studio

NAME = "Quernbeck mail room"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("report")) as opened:
        opened.generator.rule = lambda model, conversation: "Kite"
        opened.services.sample.prepare()
        yield opened


def test_a_project_without_measurements_has_a_report_that_says_so(
    studio: CliStudio, tmp_path: Path
) -> None:
    done = studio.run("report", "--project", NAME, "--out", str(tmp_path), "--json")
    assert done.exit_code == 0, done.stderr
    html, pdf = (Path(path) for path in json.loads(done.stdout)["files"])
    assert html.name == "ladder-report-quernbeck-mail-room.html"
    text = html.read_text(encoding="utf-8")
    assert "No rung has been measured yet." in text
    assert "<script" not in text
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_measured_rungs_stand_in_the_report(studio: CliStudio, tmp_path: Path) -> None:
    climbed = studio.run("ladder", "run", "--project", NAME, "--rungs", "prompt", "--json")
    assert climbed.exit_code == 0, climbed.stderr
    done = studio.run("report", "--project", NAME, "--out", str(tmp_path), "--no-pdf")
    assert done.exit_code == 0, done.stderr
    text = Path(done.stdout.strip()).read_text(encoding="utf-8")
    assert "Every rung on the same examples" in text
    assert "No rung has been measured yet." not in text


def test_a_tuned_model_has_its_card(studio: CliStudio, tmp_path: Path) -> None:
    studio.generator.rule = lambda model, conversation: "Owl" if model.adapter_path else "Kite"
    climbed = studio.run("ladder", "run", "--project", NAME, "--rungs", "fine_tune", "--json")
    assert climbed.exit_code == 0, climbed.stderr
    done = studio.run("report", "--project", NAME, "--out", str(tmp_path), "--json")
    assert done.exit_code == 0, done.stderr
    html, pdf = (Path(path) for path in json.loads(done.stdout)["files"])
    text = html.read_text(encoding="utf-8")
    assert "No tuned model took part" not in text
    assert "Trained on" in text
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_the_pages_hold_every_chapter_in_the_order_of_the_page(
    studio: CliStudio, tmp_path: Path
) -> None:
    done = studio.run("report", "--project", NAME, "--out", str(tmp_path), "--json")
    html, pdf = (Path(path) for path in json.loads(done.stdout)["files"])
    pages = paper.pages(pdf)
    titles = re.findall(r"<h2[^>]*>(\d+\. [^<]+)</h2>", html.read_text(encoding="utf-8"))
    assert len(titles) == len(CHAPTERS)
    # The first page lists the chapters; each then begins where it belongs.
    found = [
        [n for n, text in enumerate(pages) if n and paper.plain(title) in text] for title in titles
    ]
    assert all(found), titles
    first = [places[0] for places in found]
    assert first == sorted(first)
    assert all(f"{n}/{len(pages)}" in text for n, text in enumerate(pages, 1))


def test_nothing_to_write_is_refused(studio: CliStudio) -> None:
    done = studio.run("report", "--project", NAME, "--no-html", "--no-pdf")
    assert done.exit_code == 2


def test_a_folder_that_cannot_be_written_to_is_named(studio: CliStudio, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = studio.run("report", "--project", NAME, "--out", str(tmp_path / "file"), "--no-pdf")
    assert done.exit_code != 0
    assert "could not be written" in done.stderr or "is a file" in done.stderr
