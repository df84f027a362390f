"""Models are removed only when nothing needs them, and not before the time to undo is over."""

from __future__ import annotations

from typing import Any, cast

import pytest

from studio.domain.errors import Conflict
from studio.ui.pages.models import vm
from tests.fakes.page_values import base_model
from tests.fakes.services import FakeServices


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def read(services: FakeServices, removals: vm.Removals) -> vm.Models:
    return vm.read(cast(Any, services), "prj_1", removals)


def test_a_model_that_others_need_stays(services: FakeServices) -> None:
    removals = vm.Removals()
    models = read(services, removals)
    with pytest.raises(Conflict, match="Tickets tuned was tuned from"):
        removals.ask(models, base_model("starter"))
    assert removals.waiting == set()


def test_a_removed_model_is_hidden_at_once_and_gone_later(services: FakeServices) -> None:
    removals = vm.Removals()
    removals.ask(read(services, removals), base_model("unused"))
    assert [base.id for base in read(services, removals).bases] == ["starter"]
    assert services.models.removed == []
    assert removals.finish(cast(Any, services), "unused")
    assert services.models.removed == ["unused"]


def test_a_removal_taken_back_removes_nothing(services: FakeServices) -> None:
    removals = vm.Removals()
    removals.ask(read(services, removals), base_model("unused"))
    removals.take_back("unused")
    assert not removals.finish(cast(Any, services), "unused")
    assert [base.id for base in read(services, removals).bases] == ["starter", "unused"]


def test_a_removal_that_fails_shows_the_model_again(services: FakeServices) -> None:
    removals = vm.Removals()
    removals.ask(read(services, removals), base_model("unused"))

    def refuse(model_id: str) -> None:
        raise Conflict("A job is training on it.")

    services.models.remove = refuse  # type: ignore[method-assign]  # a service that refuses
    with pytest.raises(Conflict):
        removals.finish(cast(Any, services), "unused")
    assert len(read(services, removals).bases) == 2


def test_a_tuned_model_carries_its_newest_score(services: FakeServices) -> None:
    (tuned,) = read(services, vm.Removals()).tuned
    assert tuned.base_name == "Maker/starter"
    assert tuned.score is not None
    assert tuned.score.value == 0.878


def test_every_fact_can_be_told() -> None:
    assert all(fact(base_model()) for _, fact in vm.FACTS)


@pytest.mark.parametrize(
    ("number", "words"), [(134_515_008, "135 M"), (8_030_261_248, "8.0 B"), (500_000, "0 M")]
)
def test_sizes_are_said_as_people_say_them(number: int, words: str) -> None:
    assert vm.parameters(number) == words
