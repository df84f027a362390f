"""Alerts: webhooks and e-mails that tell what the flywheel did; told at least once, in the end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from studio.domain.errors import BackendUnavailable, InvalidInput, NotFound, StorageFailed
from studio.domain.monitoring import Alert, AlertRule, Letter, MailServer, Messenger, Post
from studio.domain.values import new_id, now
from studio.services import alert_letters
from studio.services.hearing import EVENTS, TEST, TESTED, check
from studio.services.turns import Turns
from studio.store.alerts import AlertStore

log = logging.getLogger(__name__)

WEBHOOK_SECRET, SMTP_PASSWORD = "ALERT_WEBHOOK_SECRET", "SMTP_PASSWORD"
TRIES = 9
FIRST_WAIT = 10.0
"""Seconds until the second try; each wait is twice the one before, 43 minutes before the last."""
PERIOD = 5.0
Details = Mapping[str, str | float | int | None]


class AlertService:
    """What a user can do with alerts, and what lines them up and delivers them."""

    def __init__(
        self,
        store: AlertStore,
        messenger: Callable[[], Messenger],
        secret: Callable[[str], str | None],
        environment: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], datetime] = now,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`secret(name)` finds what webhooks are signed with, and the mail server's password."""
        self._store, self._messenger, self._secret = store, messenger, secret
        self._environment, self._clock, self._timer = environment, clock, timer
        self._due: dict[str, float] = {}
        self._turns = Turns("alerts", self.deliver, look=self._again, period=PERIOD)

    def open(self) -> None:
        """Begins to deliver, first what an earlier studio left."""
        self._turns.open(self._store.waiting)

    def close(self) -> None:
        """Stops delivering; what waits is delivered another time."""
        self._turns.close()

    def rules(self, project_id: str | None = None) -> list[AlertRule]:
        """Returns who hears of what, in one project or in all."""
        return self._store.rules(project_id)

    def events(self) -> dict[str, str]:
        """Returns what can be told, each with its meaning."""
        return dict(EVENTS)

    def recent(self, limit: int = 50) -> list[Alert]:
        """Returns what was told or is still to be told, newest first."""
        return self._store.recent(limit)

    def add(
        self,
        project_id: str,
        channel: Literal["webhook", "email"],
        address: str,
        events: Sequence[str] = (),
    ) -> AlertRule:
        """Lets an address hear of events of a project; without events, of everything.

        Raises:
            InvalidInput: when the address or an event is none.
        """
        rule = self._made(project_id, channel, address, events)
        self._store.add_rule(rule)
        return rule

    def remove(self, rule_id: str) -> AlertRule:
        """Lets an address hear nothing more, and returns the rule that was removed."""
        return self._store.remove_rule(rule_id)

    def restore(self, rule: AlertRule) -> None:
        """Takes a removal back."""
        self._store.add_rule(rule)

    def preview(self, rule: AlertRule) -> str:
        """Returns an example of exactly what would be sent, every header included."""
        example = self._alert(rule, TEST, None, TESTED, {})
        return alert_letters.shown(self._message(rule, example, None))

    def draft(
        self,
        project_id: str,
        channel: Literal["webhook", "email"],
        address: str,
        events: Sequence[str] = (),
    ) -> str:
        """Returns the preview of a rule that is not added yet; raises as `add` does."""
        return self.preview(self._made(project_id, channel, address, events))

    def test(self, rule_id: str) -> Alert:
        """Sends an example now, once, and returns what became of it."""
        rule = self._store.rule(rule_id)
        alert = self._alert(rule, TEST, None, TESTED, {}).with_(status="failed")
        # Kept as failed until it is sent: the thread that delivers must not send it as well.
        self._store.add([alert])
        return self._attempt(rule, alert, last=True)

    def tell(
        self,
        event: str,
        *,
        deployment_id: str | None = None,
        sentence: str,
        details: Details | None = None,
    ) -> int:
        """Lines up an event for everybody who wants to hear of it; returns how many that are.

        Never waits for the network, and never stands in the way of what it tells: when nothing can
        be kept, the log has it.
        """
        try:
            project = None if deployment_id is None else self._store.place(deployment_id)[0]
            alerts = [
                self._alert(rule, event, deployment_id, sentence, details or {})
                for rule in self._store.rules(project)
                if rule.enabled and (not rule.events or event in rule.events)
            ]
            self._store.add(alerts)
        except (StorageFailed, NotFound) as error:
            log.warning("An alert (%s: %s) could not be kept: %s", event, sentence, error)
            return 0
        for alert in alerts:
            self._turns.put(alert.id)
        return len(alerts)

    def deliver(self, alert_id: str) -> None:
        """Tries to tell one alert that waits; whoever gets it twice knows it by its id."""
        try:
            alert = self._store.alert(alert_id)
            if alert.status != "waiting":
                return
            rule = self._store.rule(alert.rule_id)
        except NotFound:
            self._lost(alert_id)
            return
        told = self._attempt(rule, alert, last=alert.tries + 1 >= TRIES)
        if told.status == "waiting":
            self._due[alert.id] = self._timer() + FIRST_WAIT * 2**alert.tries

    def _again(self) -> None:
        at = self._timer()
        for id in [id for id, due in self._due.items() if due <= at]:
            del self._due[id]
            self.deliver(id)

    def _attempt(self, rule: AlertRule, alert: Alert, *, last: bool) -> Alert:
        tried = alert.with_(tries=alert.tries + 1)
        try:
            self._send(rule, alert)
        except BackendUnavailable as error:
            tried = tried.with_(status="failed" if last else "waiting", error=str(error))
        except InvalidInput as error:
            tried = tried.with_(status="failed", error=str(error))
        else:
            tried = tried.with_(status="sent", error="", sent_at=self._clock())
        self._store.save(tried)
        if tried.status == "failed":
            log.warning("An alert (%s) was not delivered: %s", alert.event, tried.error)
        return tried

    def _send(self, rule: AlertRule, alert: Alert) -> None:
        name = None
        if alert.deployment_id is not None:
            try:
                name = self._store.place(alert.deployment_id)[1]
            except NotFound:
                name = alert.deployment_id
        message = self._message(rule, alert, name)
        if isinstance(message, Post):
            self._messenger().post(message)
        else:
            server = self._server()
            if server is None:
                raise InvalidInput(
                    "There is no mail server.", hint="Set LADDER_SMTP_HOST before starting."
                )
            self._messenger().mail(server, self._secret(SMTP_PASSWORD), message)

    def _message(self, rule: AlertRule, alert: Alert, deployment: str | None) -> Post | Letter:
        if rule.channel == "webhook":
            return alert_letters.post(rule, alert, deployment, self._secret(WEBHOOK_SECRET))
        server = self._server()
        sender = server.sender if server else "(no mail server: LADDER_SMTP_HOST is not set)"
        return alert_letters.letter(rule, alert, deployment, sender)

    def _server(self) -> MailServer | None:
        host = self._environment.get("LADDER_SMTP_HOST", "").strip()
        if not host:
            return None
        user = self._environment.get("LADDER_SMTP_USER", "")
        port = self._environment.get("LADDER_SMTP_PORT", "587")
        sender = self._environment.get("LADDER_SMTP_FROM") or user or f"ladder-studio@{host}"
        if not port.isdecimal():
            raise InvalidInput(f"LADDER_SMTP_PORT is {port!r}, which is no number.")
        return MailServer(host=host, port=int(port), user=user, sender=sender)

    def _alert(
        self,
        rule: AlertRule,
        event: str,
        deployment_id: str | None,
        sentence: str,
        details: Details,
    ) -> Alert:
        return Alert(
            id=new_id("alert"),
            rule_id=rule.id,
            deployment_id=deployment_id,
            event=event,
            sentence=sentence,
            details=dict(details),
            created_at=self._clock(),
        )

    def _lost(self, alert_id: str) -> None:
        """Ends what waits for a rule that was removed."""
        try:
            alert = self._store.alert(alert_id)
        except NotFound:
            return
        self._store.save(alert.with_(status="failed", error="Nobody is to hear of it any more."))

    def _made(
        self,
        project_id: str,
        channel: Literal["webhook", "email"],
        address: str,
        events: Sequence[str],
    ) -> AlertRule:
        address = address.strip()
        check(channel, address, events)
        return AlertRule(
            id=new_id("rule"),
            project_id=project_id,
            channel=channel,
            address=address,
            events=tuple(dict.fromkeys(events)),
            created_at=self._clock(),
        )
