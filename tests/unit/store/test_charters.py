from datetime import date
from decimal import Decimal

import pytest

from studio.domain.charters import Residency, SignOff, Stakeholder, UseCase
from studio.domain.errors import Conflict, NotFound
from studio.domain.values import now
from studio.store.charters import CharterStore
from studio.store.database import Database
from tests.unit.store.samples import charter


def test_every_field_comes_back_as_it_was(on_disk: Database) -> None:
    store = CharterStore(on_disk)
    whole = charter(
        client="Quernbeck “Orchards”",
        use_case=UseCase.LEGAL,
        metric="rouge_l",
        target=0.75,
        currency="EUR",
        success_value=Decimal("20.10"),
        escalation_cost=Decimal("0.000001"),
        churn_cost=Decimal(1000),
        churn_probability=0.05,
        requests_month=12_000,
        residency=Residency.ON_PREMISES,
        budget=Decimal("1E+5"),
        deadline=date(2027, 2, 28),
        stakeholders=(Stakeholder(name="Ada", role="owner"),),
        signed=SignOff(name="Ada", role="owner", at=now()),
    )
    store.add(whole)
    assert store.all("project_1") == [whole]


def test_what_nobody_knows_stays_unknown(database: Database) -> None:
    store = CharterStore(database)
    store.add(charter())
    (kept,) = store.all("project_1")
    unknown = (kept.metric, kept.target, kept.budget, kept.requests_month, kept.deadline)
    assert unknown == (None,) * 5


def test_versions_are_listed_newest_first_and_numbers_are_taken_once(database: Database) -> None:
    store = CharterStore(database)
    store.add(charter(number=1))
    store.add(charter(number=2))
    assert [one.number for one in store.all("project_1")] == [2, 1]
    with pytest.raises(Conflict, match="charter 2"):
        store.add(charter(number=2))


def test_a_signed_charter_is_never_written_again(database: Database) -> None:
    store = CharterStore(database)
    draft = charter()
    store.add(draft)
    signed = draft.with_(signed=SignOff(name="Ada", at=now()))
    store.save(signed)
    with pytest.raises(Conflict, match="signed"):
        store.save(signed.with_(objective="Something else."))
    assert store.all("project_1") == [signed]


def test_a_charter_that_is_not_there_cannot_be_saved(database: Database) -> None:
    with pytest.raises(NotFound):
        CharterStore(database).save(charter())
