"""Whether a server will train is asked before anything is sent; each refusal has a sentence."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from backends.openai_api.eligibility import Eligibility, Findings
from studio.domain.endpoints import Connection, Dialect
from tests.fakes.openai_server.app import OpenAIServer
from tests.fakes.openai_server.behave import Instead
from tests.fakes.openai_server.carrier import AppCarrier
from tests.unit.backends.openai_api.errands import KEY, place

TODAY = datetime(2026, 11, 24, tzinfo=UTC)


class Desk:
    """A server, and somebody who asks it."""

    def __init__(self, today: datetime = TODAY) -> None:
        self.server = OpenAIServer()
        self.behave = self.server.behave
        self.seconds = 0.0
        carrier = AppCarrier(self.server.app)
        self.eligibility = Eligibility(lambda: carrier, lambda: today, lambda: self.seconds)

    def of(self, connection: Connection, model: str = "base-mini") -> Findings:
        return self.eligibility.of(connection, model)

    def blocker(self, connection: Connection, model: str = "base-mini") -> str:
        (found,) = self.of(connection, model).blockers
        assert "This machine" in found.remedy
        return found.what


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_good_server_has_nothing_to_say_and_gets_nothing(desk: Desk) -> None:
    assert desk.of(place()) == Findings()
    assert desk.server.records.files == {}
    assert [method for method, _ in desk.behave.asked] == ["GET", "GET"]


def test_a_lock_out_is_found_out_without_an_upload(desk: Desk) -> None:
    desk.behave.locked_out = True
    for dialect in (Dialect.OPENAI, Dialect.AZURE):
        assert "trains nothing new for this account" in desk.blocker(place(dialect=dialect))
    assert desk.server.records.files == {}
    assert desk.server.records.jobs == {}


def test_only_servers_of_that_kind_are_asked_for_a_job_on_no_file(desk: Desk) -> None:
    desk.of(place(dialect=Dialect.OPENAI))
    assert ("POST", "/fine_tuning/jobs") in desk.behave.asked
    desk.behave.asked.clear()
    desk.of(place(dialect=Dialect.NEBIUS))
    assert ("POST", "/fine_tuning/jobs") not in desk.behave.asked


def test_a_server_that_takes_a_job_on_no_file_is_told_to_stop(desk: Desk) -> None:
    desk.behave.trusts_files = True
    assert desk.of(place(dialect=Dialect.OPENAI)).blockers == ()
    assert [job.status for job in desk.server.records.jobs.values()] == ["cancelled"]


@pytest.mark.parametrize(
    "instead",
    [
        Instead(status=404, message="Invalid URL"),
        Instead(status=405, message="Method not allowed"),
        Instead(status=200, text="<html>Welcome</html>"),
        Instead(status=200, text="data: {}\n\n", media="text/event-stream"),
        Instead(status=200, text="{}", media="application/json"),
    ],
    ids=lambda instead: f"{instead.status} {instead.media} {instead.text or ''}",
)
def test_a_server_without_training_is_told_as_one(desk: Desk, instead: Instead) -> None:
    desk.behave.no_training = instead
    assert desk.blocker(place()) == "The server 127.0.0.1 offers no fine-tuning."


@pytest.mark.parametrize(
    ("dialect", "blocked"),
    [(Dialect.OPENAI, True), (Dialect.OTHER, False), (Dialect.LADDER, False)],
)
def test_no_key_is_said_where_one_is_needed(desk: Desk, dialect: Dialect, blocked: bool) -> None:
    found = desk.of(place(key="", dialect=dialect))
    assert bool(found.blockers) == blocked
    assert blocked == (desk.behave.asked == [])


def test_a_refused_key_is_shown_struck_out(desk: Desk) -> None:
    desk.behave.key = "another"
    said = desk.blocker(place())
    assert "refused the key" in said
    assert "[key]" in said
    assert KEY[-4:] not in said


def test_a_permission_that_is_missing_is_said(desk: Desk) -> None:
    desk.behave.no_training = Instead(
        status=403, message="Country not supported", code="unsupported_country_region_territory"
    )
    assert "Country not supported" in desk.blocker(place())


@pytest.mark.parametrize(
    ("day", "blocked", "warned"),
    [("2026-11-24", True, False), ("2027-01-14", False, True), ("2029-01-01", False, False)],
)
def test_the_day_a_model_ends_is_looked_at(
    desk: Desk, day: str, blocked: bool, warned: bool
) -> None:
    desk.behave.shutdown = {"base-mini": day, "base-large": None}
    found = desk.of(place())
    assert any(day in one.what for one in found.blockers) == blocked
    assert any(day in one for one in found.warnings) == warned
    assert desk.of(place(), "base-large") == Findings()


def test_what_openai_has_announced_is_known() -> None:
    openai = place(base_url="https://api.openai.com/v1", dialect=Dialect.OPENAI)
    desk = Desk()
    desk.behave.models = ("gpt-4.1-mini-2025-04-14", "gpt-3.5-turbo")
    told = " ".join(desk.of(openai, "gpt-4.1-mini-2025-04-14").warnings)
    assert "2027-01-14" in told
    assert "2027-01-06" in told
    assert "2026-10-23" in desk.blocker(openai, "gpt-3.5-turbo")
    assert "knows no model" in desk.blocker(openai, "gpt-9")
    later = Desk(datetime(2027, 1, 7, tzinfo=UTC))
    later.behave.models = desk.behave.models
    assert "2027-01-06" in later.blocker(openai, "gpt-4.1-mini-2025-04-14")


def test_a_model_that_is_not_listed_elsewhere_is_only_warned_of(desk: Desk) -> None:
    found = desk.of(place(), "hidden")
    assert found.blockers == ()
    assert "may refuse it" in found.warnings[0]


def test_answers_are_remembered_and_bad_ones_soon_forgotten(desk: Desk) -> None:
    desk.of(place())
    before = len(desk.behave.asked)
    desk.seconds = 299
    desk.of(place())
    assert len(desk.behave.asked) == before
    desk.seconds = 301
    desk.behave.no_training = Instead(status=503)
    assert desk.of(place()).trouble is not None
    desk.behave.no_training = None
    assert desk.of(place()).trouble is not None
    desk.seconds += 11
    assert desk.of(place()) == Findings()


def test_another_key_is_another_question(desk: Desk) -> None:
    for key in itertools.chain("ab"):
        desk.of(place(key=f"sk-{key}"))
    assert sum(path == "/fine_tuning/jobs" for _, path in desk.behave.asked) == 2


def test_an_answer_torn_in_transit_is_no_verdict(desk: Desk) -> None:
    desk.behave.no_training = Instead(status=200, text='{"object": "li', media="application/json")
    found = desk.of(place())
    assert found.trouble is not None
    assert "answered in a way nobody understands" in found.blockers[0].what
