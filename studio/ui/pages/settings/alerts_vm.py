"""View model of the alerts: what is said of each address, and of what became of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from studio.domain.monitoring import Alert, AlertRule
from studio.ui.pages import figures

CHANNELS: dict[str, str] = {"webhook": "Web address (webhook)", "email": "E-mail"}
NAMES: dict[str, str] = {
    "ready": "Time to learn",
    "awaiting_approval": "Waits for a person",
    "promoted": "New model answers",
    "rolled_back": "Rolled back",
    "rollback_failed": "Rollback not proven",
    "gate_failed": "New model refused",
    "gate_inconclusive": "Too little to judge",
    "cycle_failed": "Retraining failed",
    "paused": "Learning paused",
    "drift": "Questions changed",
    "test": "Test",
}
"""Event → what it is called here; a test holds them against those that can be told."""


class Line(NamedTuple):
    """What is shown of one address."""

    address: str
    by: str
    hears_of: str
    project: str


def line(rule: AlertRule, projects: Mapping[str, str]) -> Line:
    """Returns the words for one address."""
    return Line(
        address=rule.address,
        by="e-mail" if rule.channel == "email" else "webhook",
        hears_of=f"Hears of: {', '.join(map(name, rule.events)) or 'everything'}.",
        project=f"Project: {projects.get(rule.project_id, 'one that is gone')}.",
    )


def name(event: str) -> str:
    """Returns what an event is called; a newer studio's stays as it is."""
    return NAMES.get(event, event)


def became(alert: Alert) -> str:
    """Returns what became of one message."""
    if alert.status == "sent":
        return "It was taken."
    if alert.status == "failed":
        return f"It was not delivered. {alert.error}"
    tries = figures.many(alert.tries, "try", "tries") if alert.tries else "no try yet"
    return f"It waits ({tries}). {alert.error}".strip()


def row(alert: Alert) -> list[str]:
    """Returns one line of what was told lately."""
    moment = figures.moment(alert.created_at) or ""
    return [moment, name(alert.event), alert.sentence, became(alert)]


def chosen(everything: bool, events: Mapping[str, bool]) -> Sequence[str] | None:
    """Returns the events an address is to hear of; None when nothing was chosen."""
    if everything:
        return ()
    return [event for event, wanted in events.items() if wanted] or None
