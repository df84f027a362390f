"""Nothing is trained on that a deployment is judged by, whichever version it stands in."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import Split
from studio.services.reference_questions import reference_questions
from tests.unit.store.cycles import policy


class Versions:
    """Each split of each version has one question, named after both."""

    def prompt_hashes(self, version_id: str, split: Split) -> set[str]:
        return {f"{version_id}/{split}"}


@pytest.mark.parametrize(
    ("changes", "questions"),
    [
        ({}, set()),
        ({"dataset_version_id": "a"}, {"a/test"}),
        ({"dataset_version_id": "a", "golden_version_id": "b"}, {"b/test"}),
        ({"golden_version_id": "b", "golden_split": Split.VALIDATION}, {"b/validation"}),
        ({"safety_version_id": "c"}, {f"c/{split}" for split in Split}),
    ],
)
def test_the_golden_split_and_all_safety_questions(
    changes: dict[str, Any], questions: set[str]
) -> None:
    assert reference_questions(Versions(), policy(**changes)) == questions
