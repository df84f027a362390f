from __future__ import annotations

from collections import Counter

from studio.core.monitoring.topics import GROUPS, topics

PARCEL = [f"My parcel number {n} has not arrived, where is the delivery?" for n in range(40)]
REFUND = [f"Please refund invoice {n}, the bill was charged twice" for n in range(40)]


def test_like_questions_are_in_a_group_of_their_own() -> None:
    reference = [text for pair in zip(PARCEL, REFUND, strict=True) for text in pair]
    known, new = topics(reference, PARCEL[:5])
    parcels, refunds = Counter(known[::2]), Counter(known[1::2])
    assert not parcels.keys() & refunds.keys()
    assert set(new) <= parcels.keys()


def test_the_same_windows_give_the_same_groups() -> None:
    assert topics(PARCEL + REFUND, REFUND) == topics(PARCEL + REFUND, REFUND)
    assert len(set(topics(PARCEL + REFUND, [])[0])) <= GROUPS


def test_few_and_empty_texts_have_a_group_too() -> None:
    assert topics([], ["a"]) == ([], ["0"])
    assert topics(["", ""], ["", "word"])[1] == ["0", "0"]
    assert topics(["one text"], [])[0] == ["0"]
    assert topics(["half \ud800"], ["half \ud800"])[1] == ["0"]
