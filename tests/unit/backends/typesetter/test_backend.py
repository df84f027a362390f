"""The typesetter makes a PDF of template and data, and treats data as text alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backends.typesetter.backend import TypstTypesetter
from studio.core.reports.outline import outlined
from studio.domain.errors import WorkerFailed
from tests.unit.core.reports.dossiers import HOSTILE, dossier

TEMPLATE = Path(__file__).parents[4] / "assets" / "report" / "report.typ"


def template(folder: Path, text: str) -> Path:
    path = folder / "template.typ"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_report_is_set_whole_with_hostile_text_in_it() -> None:
    report = outlined(dossier())
    assert HOSTILE in report.model_dump_json().replace('\\"', '"')
    data = report.model_dump(mode="json") | {"made": "2026-11-24"}
    pdf = TypstTypesetter().pdf(TEMPLATE, json.dumps(data))
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_a_refused_template_says_why(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed, match="could not be typeset"):
        TypstTypesetter().pdf(template(tmp_path, "#nonsense()"), "{}")


@pytest.mark.parametrize("file", ["/etc/hostname", "../secret.txt"])
def test_files_outside_are_out_of_reach(tmp_path: Path, file: str) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with pytest.raises(WorkerFailed):
        TypstTypesetter().pdf(template(tmp_path, f'#read("{file}")'), "{}")
