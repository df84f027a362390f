"""Harm: whether a candidate is liked less than the champion, safe to look at after every thumb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import comb
from sys import float_info

from studio.domain.errors import InvalidInput


def pairs(champion: Sequence[bool], candidate: Sequence[bool]) -> tuple[int, int]:
    """Returns harm and help: the k-th thumb of one arm is paired with the k-th of the other.

    Harm counts pairs in which only the champion's answer was liked, help those in which only the
    candidate's was; the others say nothing about a difference. Thumbs come oldest first, so that a
    pair, once made, stays.
    """
    made = list(zip(champion, candidate, strict=False))
    harm = sum(ours and not theirs for ours, theirs in made)
    help = sum(theirs and not ours for ours, theirs in made)
    return harm, help


@lru_cache(maxsize=4096)
def e_value(harm: int, help: int) -> float:
    """Returns the evidence that the candidate does harm; 1 says nothing, 20 is one in twenty.

    It is the likelihood of the pairs under a share of harm anywhere above one half, all of them
    equally likely beforehand, over that of exactly one half. If the candidate is not worse, it ever
    reaches 20 with a chance of at most 5 %, however often one looks. Source: J. Ville, Étude
    critique de la notion de collectif (1939); P. Grünwald, R. de Heide and W. Koolen, Safe testing,
    JRSS B 86 (2024). The integral is a sum over integers, divided once: nothing overflows on the
    way, and what is too large for a float is given as the largest.
    """
    if harm < 0 or help < 0:
        raise InvalidInput(f"These cannot be counts of pairs: {harm} and {help}.")
    n = harm + help + 1
    term = total = 1
    for i in range(1, harm + 1):
        term = term * (n - i + 1) // i
        total += term
    return _ratio(total, n * comb(n - 1, harm))


def _ratio(top: int, bottom: int) -> float:
    try:
        return top / bottom
    except OverflowError:
        return float_info.max
