"""Review agreement: whether people who judged the same things judged alike, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from studio.core.feedback import agreement
from studio.core.feedback.standing import latest
from studio.domain.reviews import Agreement, AgreementReport
from studio.store.reviews import ReviewStore

ENOUGH = 30
"""Doubly judged corrections from which agreement decides anything."""
BLOCKS, ASKS = 0.4, 0.67
"""Alpha below which nothing is retrained by itself, and below which a person must approve."""
HIGH = 0.6
"""First-order coefficient from which agreement is good where alpha is fooled by skewed votes."""


class AgreementReader:
    """Computes agreement from what is kept."""

    def __init__(self, store: ReviewStore) -> None:
        self._store = store

    def report(self, deployment_id: str) -> AgreementReport:
        """Returns how far reviewers and raters of a deployment agree."""
        reviews = _agreement("reviews", self._verdicts(deployment_id))
        thumbs = _agreement("thumbs", self._thumbs(deployment_id))
        blocks, asks, sentence = _follows(reviews)
        return AgreementReport(
            reviews=reviews, thumbs=thumbs, blocks=blocks, asks=asks, sentence=sentence
        )

    def _verdicts(self, deployment_id: str) -> list[list[str]]:
        units = []
        for one in self._store.corrections(deployment_id):
            # A word that settles a dispute was given in sight of the others'.
            words = [w.verdict.value for w in latest(one.reviews) if not w.settles]
            if len(words) > 1:
                units.append(words)
        return units

    def _thumbs(self, deployment_id: str) -> list[list[str]]:
        units: dict[str, list[str]] = {}
        for inference_id, up in self._store.ratings(deployment_id):
            units.setdefault(inference_id, []).append("up" if up else "down")
        return list(units.values())


def _follows(reviews: Agreement) -> tuple[bool, bool, str]:
    if reviews.alpha is None or reviews.n < ENOUGH:
        text = (
            f"{reviews.n} of {ENOUGH} corrections were judged by two people; until then agreement "
            "decides nothing."
        )
        return False, False, text
    said = f"alpha is {reviews.alpha:.2f} over {reviews.n} corrections judged by two people"
    if reviews.alpha < BLOCKS:
        text = (
            f"Your reviewers disagree: {said}, below {BLOCKS}. Agree on a rule first; until then "
            "nothing is retrained by itself."
        )
        return True, False, text
    if reviews.alpha < ASKS:
        text = f"Your reviewers agree moderately: {said}. A person must approve every new model."
        return False, True, text
    return False, False, f"Your reviewers agree well: {said}."


def _agreement(about: Literal["reviews", "thumbs"], units: Sequence[Sequence[str]]) -> Agreement:
    if not units:
        which = "correction was judged" if about == "reviews" else "answer was rated"
        return Agreement(about=about, n=0, sentence=f"No {which} by two people yet.")
    percent = agreement.percent(units)
    alpha, ac1 = agreement.krippendorff_alpha(units), agreement.gwet_ac1(units)
    said = f"Two people who judged the same thing agreed {percent:.0%} of the time "
    said += f"({len(units):,} judged)."
    if alpha < BLOCKS and ac1 >= HIGH:
        said += " Nearly all votes are the same word, so alpha says little here; read AC1 instead."
    return Agreement(
        about=about, n=len(units), percent=percent, alpha=alpha, ac1=ac1, sentence=said
    )
