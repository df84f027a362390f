"""Entries of the charter and answers to questions; unknown stays unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from studio.ui.pages.ladder.charter_questions import FIELDS, GROUPS
from studio.ui.pages.ladder.charter_vm import CharterForm, facts
from studio.ui.pages.ladder.questions_vm import StepQuestions
from studio.ui.pages.ladder.steps import Step
from tests.fakes.ladder_values import charter
from tests.fakes.page_services import services as fake_services


@pytest.fixture
def services() -> Any:
    return fake_services()


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("target", 80, 0.8),
        ("target", None, None),
        ("escalation_cost", 12.5, Decimal("12.5")),
        ("requests_month", 1200.0, 1200),
        ("deadline", "2027-03-01", date(2027, 3, 1)),
        ("deadline", "", None),
        ("metric", "", None),
        ("horizon_months", None, 12),
        ("client", None, ""),
        ("gdpr", True, True),
    ],
)
def test_entries_of_the_charter_become_values_and_empty_is_unknown(
    name: str, given: Any, kept: Any
) -> None:
    assert FIELDS[name].parse(given) == kept


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("target", 140),
        ("requests_month", 1.5),
        ("requests_month", -1),
        ("deadline", "tomorrow"),
        ("budget", "NaN"),
        ("horizon_months", 0),
    ],
)
def test_entries_that_cannot_be_are_told(services: Any, name: str, given: Any) -> None:
    page = CharterForm(services=services, project_id="prj_1")
    page.load()
    assert page.change(name, given)
    assert page.cannot_sign


def test_every_question_of_the_charter_says_why_it_is_asked() -> None:
    fields = [one for group in GROUPS for one in group.fields]
    assert all(len(one.why) > 15 for one in fields)
    asked = {one.name for one in fields}
    assert asked | {"id", "project_id", "number", "use_case", "stakeholders", "signed"} | {
        "created_at",
        "changed_at",
    } == set(charter().__class__.model_fields)


def test_what_nobody_knows_is_said_so() -> None:
    known = dict(facts(charter(client="Wrenfield", target=0.8, escalation_cost=Decimal(4))))
    assert known["Client"] == "Wrenfield"
    assert known["Score at which it is good enough"] == "80.0 %"
    assert known["Cost of a mistake that is caught"] == "4.00 USD"
    assert known["Worth of one right answer"] == "not known"


def test_entries_made_while_saving_stay(services: Any) -> None:
    page = CharterForm(services=services, project_id="prj_1")
    page.load()
    page.change("client", "First")
    saved = page.save()
    page.change("client", "Second")
    page.kept(saved)
    assert page.charter.client == "Second"


def test_unknown_clears_an_answer(services: Any) -> None:
    page = StepQuestions(services=services, project_id="prj_1", step=Step.FINE_TUNE)
    page.load()
    (share,) = page.questions
    page.answer(share, 25)
    assert services.ladder.answered == {"unseen_share": 0.25}
    assert page.shown(share) == 25
    page.answer(share, None)
    assert services.ladder.answered == {"unseen_share": None}
    assert page.hint(share).endswith("Default: 10 %.")
