"""Why a deployment changed: ledger rows and the cycles' moves in one list, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.domain.deployments import Action, LedgerRow, Revision
from studio.domain.retraining import CycleEvent, RetrainCycle
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.deployments.words import (
    ACTION_TONES,
    ACTIONS,
    SLOTS,
    STATE_TONES,
    STATES,
    TRIGGERS,
    evidence_facts,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened."""

    id: str
    at: datetime
    title: str
    tone: Tone
    sentence: str
    """Why, with its numbers."""
    who: str
    facts: tuple[tuple[str, str], ...]
    """The evidence, name by name."""

    @property
    def by(self) -> str:
        """Who and when."""
        who = "by the flywheel" if self.who == "flywheel" else f"by {self.who or 'nobody named'}"
        return f"{figures.moment(self.at)}, {who}"


def timeline(
    ledger: Iterable[LedgerRow],
    moves: Iterable[tuple[RetrainCycle, Sequence[CycleEvent]]],
    revisions: Mapping[str, Revision],
) -> list[Entry]:
    """Returns everything that happened, newest first."""
    entries = [_changed(row, revisions) for row in ledger]
    for cycle, events in moves:
        entries += [_moved(cycle, event) for event in events]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _changed(row: LedgerRow, revisions: Mapping[str, Revision]) -> Entry:
    facts = [("Slot", SLOTS[row.slot].title)]
    if row.from_revision:
        facts.append(("From", _name(row.from_revision, revisions)))
    if row.to_revision:
        facts.append(("To", _name(row.to_revision, revisions)))
    if row.share:
        facts.append(("Candidate's share", figures.share(row.share, 0)))
    facts += evidence_facts(row.evidence)
    facts += [("Cycle", row.cycle_id)] if row.cycle_id else []
    facts += [("Gate", row.gate_id)] if row.gate_id else []
    facts += [("Ledger row", f"{row.seq}"), ("Its hash", row.row_hash)]
    return Entry(
        id=f"row-{row.seq}",
        at=row.created_at,
        title=_title(row, revisions),
        tone=ACTION_TONES.get(row.action, "plain"),
        sentence=row.reason,
        who=row.actor,
        facts=tuple(facts),
    )


def _title(row: LedgerRow, revisions: Mapping[str, Revision]) -> str:
    before, after = row.from_revision, row.to_revision
    if row.action is Action.CANARY_STEP:
        return f"{ACTIONS[row.action]}: {figures.share(row.share, 0)}"
    if row.action is Action.CANARY_START and after:
        return f"{_name(after, revisions)} answers {figures.share(row.share, 0)} of the sessions"
    if before and after and before != after:
        return f"{ACTIONS[row.action]}: {_name(before, revisions)} → {_name(after, revisions)}"
    one = after or before
    return f"{ACTIONS[row.action]}: {_name(one, revisions)}" if one else ACTIONS[row.action]


def _name(revision_id: str, revisions: Mapping[str, Revision]) -> str:
    return called(revisions, revision_id) or revision_id


def called(revisions: Mapping[str, Revision], revision_id: str) -> str:
    """Returns the name of a revision, with its number where another has the same name."""
    found = revisions.get(revision_id)
    if found is None:
        return ""
    alike = sum(one.name == found.name for one in revisions.values())
    return f"{found.name} (no. {found.number})" if alike > 1 else found.name


def _moved(cycle: RetrainCycle, event: CycleEvent) -> Entry:
    words, told = STATES[event.to_state], event.from_state is event.to_state
    facts = [("Cycle", f"{cycle.number} ({cycle.id})"), ("Begun by", TRIGGERS[cycle.trigger])]
    if event.from_state:
        facts.append(("Before", STATES[event.from_state].title))
    return Entry(
        id=f"cycle-{cycle.number}-{event.seq}",
        at=event.created_at,
        title=f"Cycle {cycle.number}: {words.title.lower()}" + (", a note" if told else ""),
        tone="plain" if told else STATE_TONES.get(event.to_state, "plain"),
        sentence=event.message or words.sentence,
        who=event.actor,
        facts=(*facts, *evidence_facts(event.evidence)),
    )
