"""A ledger's rows hold on to each other: whatever is changed behind their back shows."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from studio.core.feedback.ledger import BEGINNING, first_broken, hash_of, sealed
from studio.domain.deployments import Action, LedgerRow, Slot


def row(reason: str, **given: object) -> LedgerRow:
    return LedgerRow(
        deployment_id="deployment_1",
        seq=0,
        action=Action.PROMOTE,
        slot=Slot.CHAMPION,
        actor="ada",
        reason=reason,
        created_at=datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC),
        prev_hash="",
        row_hash="",
        **given,  # type: ignore[arg-type]
    )


def chain(count: int = 4) -> list[LedgerRow]:
    made: list[LedgerRow] = []
    for n in range(count):
        evidence = {"p": 0.1 + 0.2, "wins": n, "note": "höher", "cost": None}
        made.append(sealed(row(f"reason {n}", evidence=evidence), made[-1] if made else None))
    return made


def test_rows_are_numbered_and_chained_from_zeros() -> None:
    first, second, *_ = chain()
    assert (first.seq, first.prev_hash) == (1, BEGINNING)
    assert (second.seq, second.prev_hash) == (2, first.row_hash)
    assert len(first.row_hash) == 64
    assert first_broken(chain(), last=4) is None
    assert first_broken([], last=0) is None


def test_a_row_read_back_from_json_has_the_same_hash() -> None:
    for kept in chain():
        again = LedgerRow.model_validate_json(kept.model_dump_json())
        assert hash_of(again) == kept.row_hash


@pytest.mark.parametrize(
    "forged",
    [
        {"reason": "another"},
        {"actor": "bob"},
        {"share": 0.5},
        {"to_revision": "revision_9"},
        {"evidence": {"p": 0.30000000000000005}},
        {"created_at": datetime(2026, 11, 24, 12, 0, 0, 123457, tzinfo=UTC)},
        {"row_hash": "f" * 64},
        {"prev_hash": "f" * 64},
    ],
)
def test_any_changed_field_is_found_at_its_row(forged: dict[str, object]) -> None:
    rows = chain()
    rows[1] = rows[1].with_(**forged)
    assert first_broken(rows, last=4) == 2


def test_a_row_forged_with_its_own_hash_breaks_the_next_one() -> None:
    rows = chain()
    forged = rows[1].with_(reason="It was always so.")
    rows[1] = forged.with_(row_hash=hash_of(forged))
    assert first_broken(rows, last=4) == 3


def test_rows_taken_out_or_cut_off_are_missed() -> None:
    rows = chain()
    assert first_broken([rows[0], *rows[2:]], last=4) == 2
    assert first_broken(rows[:2], last=4) == 3
    assert first_broken(rows, last=3) == 4


def test_numbers_that_are_none_are_kept_as_not_known() -> None:
    kept = sealed(row("odd", evidence={"a": math.nan, "b": math.inf, "c": 1.5}), None)
    assert kept.evidence == {"a": None, "b": None, "c": 1.5}
