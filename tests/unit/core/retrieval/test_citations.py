"""Citations are read from answers in the forms that models write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.retrieval.citations import cited


@pytest.mark.parametrize(
    ("output", "numbers"),
    [
        ("Two days [1].", [1]),
        ("Two days [2, 3] or more [1].", [2, 3, 1]),
        ("As said [1][2]; again [1].", [1, 2]),
        ("Both [1; 3] and [2 and 4]", [1, 3, 2, 4]),
        ("All of them [2-4].", [2, 3, 4]),
        ("【3】 says so", [3]),
        ("No source.", []),
        ("Not given: [9], [0], [12].", []),
        ("[1-900]", [1, 2, 3, 4]),
        ("The year [2019] and a list [1, x]", []),
    ],
)
def test_cited_passages(output: str, numbers: list[int]) -> None:
    assert cited(output, 4) == numbers


@given(st.text(alphabet="[]12, -", max_size=60), st.integers(0, 9))
def test_only_passages_that_were_given_are_cited_and_each_once(output: str, n: int) -> None:
    found = cited(output, n)
    assert len(set(found)) == len(found)
    assert all(1 <= number <= n for number in found)
