from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backends.registry import messenger
from studio.domain.deployments import Deployment
from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound
from studio.domain.monitoring import Letter, MailServer, Post
from studio.services.alerts import TRIES, AlertService
from studio.store import rows
from studio.store.alerts import AlertStore
from studio.store.database import Database
from tests.fakes.post_office import WebOffice, mail_office, web_office

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Desk:
    def __init__(self, office: WebOffice) -> None:
        self.database, self.office = Database(None), office
        self.store = AlertStore(self.database)
        self.secrets: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.ticks = 0.0
        self.alerts = self.another()
        with self.database.write() as cursor:
            made = Deployment(id="dep", project_id="prj", name="router", salt="s", created_at=NOW)
            rows.add(cursor, "deployments", made, "deployment")

    def another(self) -> AlertService:
        return AlertService(
            self.store,
            messenger,
            self.secrets.get,
            self.environment,
            clock=lambda: NOW,
            timer=lambda: self.ticks,
        )

    def deliver(self) -> None:
        """Does what the thread does when it wakes."""
        for id in self.store.waiting():
            self.alerts.deliver(id)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with web_office() as office:
        made = Desk(office)
        yield made
        made.database.close()


def test_an_event_reaches_those_who_want_to_hear_of_it(desk: Desk) -> None:
    desk.alerts.add("prj", "webhook", desk.office.url, ["rolled_back"])
    desk.alerts.add("prj", "webhook", f"{desk.office.url}all")
    desk.alerts.add("other", "webhook", f"{desk.office.url}other")
    told = desk.alerts.tell("drift", deployment_id="dep", sentence="Moved.", details={"psi": 0.3})
    assert told == 1
    assert desk.office.got == []
    desk.deliver()
    assert [got.path for got in desk.office.got] == ["/all"]
    body = json.loads(desk.office.got[0].body)
    assert (body["event"], body["deployment"], body["details"]) == ("drift", "router", {"psi": 0.3})
    assert body["id"] == desk.office.got[0].headers["x-ladder-delivery"]
    (kept,) = desk.alerts.recent()
    assert (kept.status, kept.tries, kept.sent_at, kept.id) == ("sent", 1, NOW, body["id"])


def test_a_body_is_signed_with_the_secret_and_only_then(desk: Desk) -> None:
    desk.alerts.add("prj", "webhook", desk.office.url)
    desk.alerts.tell("drift", sentence="Moved.")
    desk.deliver()
    assert "x-ladder-signature" not in desk.office.got[0].headers
    desk.secrets["ALERT_WEBHOOK_SECRET"] = "between us"
    desk.alerts.tell("drift", sentence="Moved.")
    desk.deliver()
    mark = hmac.new(b"between us", desk.office.got[1].body, hashlib.sha256).hexdigest()
    assert desk.office.got[1].headers["x-ladder-signature"] == f"sha256={mark}"


def test_the_preview_is_what_is_sent_but_for_the_id(desk: Desk) -> None:
    rule = desk.alerts.add("prj", "webhook", desk.office.url)
    shown = desk.alerts.preview(rule)
    sent = desk.alerts.test(rule.id)
    assert sent.status == "sent"
    got = desk.office.got[0]
    head, _, body = shown.partition("\n\n")
    first = json.loads(body)["id"]
    assert body.replace(first, sent.id).encode() == got.body
    for line in head.replace(first, sent.id).splitlines()[1:]:
        name, _, text = line.partition(": ")
        assert got.headers[name] == text
    own = {"host", "accept", "accept-encoding", "connection", "content-length"}
    assert {*got.headers} - own == {line.partition(":")[0] for line in head.splitlines()[1:]}


def test_what_fails_waits_longer_each_time_and_is_given_up_in_the_end(desk: Desk) -> None:
    desk.alerts.add("prj", "webhook", desk.office.url)
    desk.office.answers = [503] * (TRIES + 1)
    desk.alerts.tell("drift", sentence="Moved.")
    desk.deliver()
    for tries in range(1, TRIES):
        assert len(desk.office.got) == tries
        desk.ticks += 10 * 2 ** (tries - 1) - 1
        desk.alerts._again()
        assert len(desk.office.got) == tries
        desk.ticks += 1
        desk.alerts._again()
    (kept,) = desk.alerts.recent()
    assert (kept.status, kept.tries) == ("failed", TRIES)
    assert "503" in kept.error
    assert len({got.body for got in desk.office.got}) == 1


def test_a_restart_delivers_what_waits(desk: Desk) -> None:
    desk.alerts.add("prj", "webhook", desk.office.url)
    desk.office.answers = [500]
    desk.alerts.tell("drift", sentence="Moved.")
    desk.deliver()
    desk.alerts = desk.another()
    desk.deliver()
    assert [alert.status for alert in desk.alerts.recent()] == ["sent"]


@pytest.mark.parametrize("status", [404, 302])
def test_a_refusal_is_final_and_a_redirect_is_not_followed(desk: Desk, status: int) -> None:
    rule = desk.alerts.add("prj", "webhook", desk.office.url)
    desk.office.answers = [status]
    kept = desk.alerts.test(rule.id)
    assert (kept.status, len(desk.office.got)) == ("failed", 1)
    assert str(status) in kept.error
    assert desk.store.waiting() == []


def test_the_end_of_an_address_is_not_in_what_is_logged(desk: Desk) -> None:
    rule = desk.alerts.add("prj", "webhook", f"{desk.office.url}hidden-token")
    desk.office.answers = [404]
    assert "hidden-token" not in desk.alerts.test(rule.id).error


def test_a_rule_that_was_removed_hears_nothing_more_and_can_come_back(desk: Desk) -> None:
    rule = desk.alerts.add("prj", "webhook", desk.office.url)
    desk.alerts.tell("drift", sentence="Moved.")
    gone = desk.alerts.remove(rule.id)
    desk.deliver()
    assert desk.office.got == []
    assert [alert.status for alert in desk.alerts.recent()] == ["failed"]
    with pytest.raises(NotFound):
        desk.alerts.remove(rule.id)
    desk.alerts.restore(gone)
    assert desk.alerts.rules("prj") == [rule]


def test_telling_of_a_deployment_that_is_gone_disturbs_nobody(desk: Desk) -> None:
    assert desk.alerts.tell("drift", deployment_id="gone", sentence="Moved.") == 0


def test_nonsense_is_refused_before_it_is_kept(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        desk.alerts.add("prj", "webhook", "gopher://old")
    with pytest.raises(InvalidInput):
        desk.alerts.draft("prj", "email", "a@b.org", ["nonsense"])
    assert desk.alerts.rules() == []


def test_a_letter_goes_to_the_mail_server(desk: Desk) -> None:
    with mail_office() as office:
        server = {"LADDER_SMTP_HOST": "127.0.0.1", "LADDER_SMTP_PORT": str(office.port)}
        desk.environment |= {**server, "LADDER_SMTP_FROM": "studio@example.org"}
        desk.alerts.add("prj", "email", "ada@example.org")
        desk.alerts.tell(
            "rolled_back", deployment_id="dep", sentence="Back\r\nagain.", details={"e": None}
        )
        desk.deliver()
    (kept,) = desk.alerts.recent()
    assert (kept.status, kept.error) == ("sent", "")
    (letter,) = office.letters
    assert "Subject: router: Back again." in letter
    assert "e: unknown" in letter
    assert kept.id in letter


def test_a_letter_without_a_mail_server_says_what_to_set(desk: Desk) -> None:
    rule = desk.alerts.add("prj", "email", "ada@example.org")
    assert "LADDER_SMTP_HOST" in desk.alerts.preview(rule)
    assert "LADDER_SMTP_HOST" in desk.alerts.test(rule.id).error


def test_mail_servers_that_refuse_or_are_away() -> None:
    letter = Letter(sender="a@b.org", to="c@d.org", subject="s", message_id="<m@b>", text="t")
    with mail_office() as office:
        office.refuses = True
        with pytest.raises(InvalidInput, match="nobody of that name"):
            messenger().mail(
                MailServer(host="127.0.0.1", port=office.port, sender="a@b.org"), None, letter
            )
    with pytest.raises(BackendUnavailable):
        messenger().mail(
            MailServer(host="127.0.0.1", port=office.port, sender="a@b.org"), None, letter
        )


def test_a_web_server_that_is_away_is_named_without_the_rest_of_its_address() -> None:
    with web_office() as office:
        gone = office.url
    with pytest.raises(BackendUnavailable, match=r"127\.0\.0\.1") as caught:
        messenger().post(Post(url=f"{gone}token", headers={}, body="{}"))
    assert "token" not in str(caught.value)


def test_the_thread_delivers_by_itself(desk: Desk) -> None:
    desk.alerts.open()
    rule = desk.alerts.add("prj", "webhook", desk.office.url)
    desk.alerts.tell("drift", sentence="Moved.")
    assert desk.office.arrived.wait(20)
    desk.alerts.close()
    assert [got.path for got in desk.office.got] == ["/"]
    assert desk.alerts.recent()[0].rule_id == rule.id
