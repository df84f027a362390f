"""A golden set wears with every gate, under whatever name; with a fifth of it new it is fresh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from studio.domain.datasets import Example, Split
from studio.services.golden_wear import GoldenWear
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.gates import GateStore
from tests.unit.store import samples
from tests.unit.store.cycles import policy


class Gates(GateStore):
    """Gates as a test wants them to have been."""

    sets: Sequence[tuple[str, Split, int]] = ()

    def golden_sets(self, deployment_id: str) -> list[tuple[str, Split, int]]:
        return list(self.sets)


class Desk:
    """Ten reference questions, and versions of them with some exchanged."""

    def __init__(self, database: Database) -> None:
        self.datasets, self.gates = DatasetStore(database), Gates(database)
        self.datasets.add_dataset(samples.dataset(id="dataset_1"))
        for number, first in enumerate((0, 1, 2), start=1):
            questions = [self.question(n) for n in range(first, first + 10)]
            version = samples.version("dataset_1", questions, id=f"version_{number}", number=number)
            self.datasets.add_version(version, questions)

    @staticmethod
    def question(n: int) -> Example:
        return samples.example(n, split=Split.TEST)

    def uses(self, version_id: str) -> int:
        wear = GoldenWear(self.gates, self.datasets)
        return wear.uses(policy(dataset_version_id=version_id))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Database(None) as database:
        yield Desk(database)


def test_every_gate_on_the_same_questions_counts(desk: Desk) -> None:
    assert desk.uses("version_1") == 0
    desk.gates.sets = [("version_1", Split.TEST, 9)]
    assert desk.uses("version_1") == 9


def test_another_version_of_nearly_the_same_questions_is_worn_too(desk: Desk) -> None:
    desk.gates.sets = [("version_1", Split.TEST, 9), ("version_2", Split.TEST, 2)]
    assert desk.uses("version_2") == 11


def test_with_a_fifth_of_them_new_the_count_begins_anew(desk: Desk) -> None:
    desk.gates.sets = [("version_1", Split.TEST, 9), ("version_2", Split.TEST, 2)]
    assert desk.uses("version_3") == 2


def test_another_part_of_the_same_data_is_other_questions(desk: Desk) -> None:
    desk.gates.sets = [("version_1", Split.VALIDATION, 9)]
    assert desk.uses("version_1") == 0


def test_without_reference_questions_there_is_nothing_to_wear(desk: Desk) -> None:
    desk.gates.sets = [("version_1", Split.TEST, 9)]
    assert GoldenWear(desk.gates, desk.datasets).uses(policy()) == 0
