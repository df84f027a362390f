from __future__ import annotations

from datetime import UTC, datetime, timedelta

from studio.core.ladder.checklists import ITEMS, ticked
from studio.core.ladder.points import Known
from studio.domain.advice import ChecklistItem

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def item(items: list[ChecklistItem], id: str) -> ChecklistItem:
    return next(one for one in items if one.id == id)


def by_person(id: str) -> ChecklistItem:
    plain = next(one for one in ITEMS if one.id == id)
    return plain.with_(done=True, by="person", at=NOW)


def test_nothing_is_ticked_at_the_start() -> None:
    assert ticked([], Known()) == list(ITEMS)
    assert not any(one.done for one in ITEMS)


def test_the_studio_ticks_what_it_sees_and_says_what_it_saw() -> None:
    seen = item(ticked([], Known(suite_n=44), at=NOW), "suite")
    assert (seen.done, seen.by, seen.evidence, seen.at) == (True, "studio", "44 examples", NOW)


def test_its_tick_keeps_its_moment_and_goes_with_its_evidence() -> None:
    first = ticked([], Known(suite_n=44), at=NOW)
    later = ticked(first, Known(suite_n=50), at=NOW + timedelta(days=1))
    assert (item(later, "suite").at, item(later, "suite").evidence) == (NOW, "50 examples")
    assert not item(ticked(later, Known(suite_n=5)), "suite").done


def test_a_persons_tick_stays_until_they_take_it_back() -> None:
    kept = ticked([by_person("harm")], Known())
    assert item(kept, "harm").by == "person"
    untouched = by_person("harm").with_(done=False, by="", at=None)
    assert not item(ticked([untouched], Known()), "harm").done


def test_evidence_stands_above_a_persons_tick() -> None:
    both = item(ticked([by_person("suite")], Known(suite_n=44), at=NOW), "suite")
    assert both.by == "studio"


def test_points_that_are_no_longer_on_the_list_are_dropped() -> None:
    gone = ChecklistItem(id="gone", phase="before", text="?", why="?", done=True, by="person")
    assert all(one.id != "gone" for one in ticked([gone], Known()))
