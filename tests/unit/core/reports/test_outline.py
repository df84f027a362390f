"""The report has every chapter, whatever is missing."""

from __future__ import annotations

from studio.core.reports.outline import CHAPTERS, outlined
from tests.unit.core.reports.dossiers import HOSTILE, dossier

WANTED = {
    "decision",
    "ladder",
    "failures",
    "business",
    "risks",
    "rules",
    "assumptions",
    "charter",
    "checklists",
    "model",
    "not-verified",
    "reproduce",
    "sign-off",
}


def test_every_chapter_stands_once_in_both_a_full_and_an_empty_report() -> None:
    empty = dossier(
        runs=(), failures=(), case=None, prices=(), checklist=(), suite=None, suite_size=0
    )
    for found in (dossier(), empty):
        sections = outlined(found).sections
        assert [s.id for s in sections].count("decision") == 1
        assert {s.id for s in sections} == WANTED
        assert len(sections) == len(CHAPTERS)
        assert all(section.blocks for section in sections)


def test_title_and_footer_name_client_project_and_charter() -> None:
    report = outlined(dossier())
    assert "Quern" in report.title
    assert report.subtitle == HOSTILE
    assert "charter version 1" in report.footer
