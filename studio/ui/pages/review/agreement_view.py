"""Agreement: whether people who judged the same things judged alike, in numbers and in words."""

from __future__ import annotations

from studio.domain.reviews import Agreement, AgreementReport
from studio.ui.act import act
from studio.ui.kit.card import Card
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.notices import Callout, Tone
from studio.ui.kit.text import Text
from studio.ui.pages.review.vm import ReviewQueuePage

EXPLAINED = (
    ("Agreement", "How often two people said the same. Easy to read, and flattered by luck."),
    (
        "Krippendorff's alpha",
        "Agreement beyond luck: 1 is full, 0 is what guessing would give. It collapses where "
        "nearly all votes are the same.",
    ),
    ("Gwet's AC1", "Agreement beyond luck that stays readable where nearly all votes are equal."),
)


class AgreementView:
    """Two cards, and what follows from them."""

    def __init__(self, page: ReviewQueuePage) -> None:
        self.page = page

    async def draw(self) -> None:
        """Reads and draws."""
        body = Stack(12, marker="review-agreement")
        report = await act(self.page.agreement)
        if report is not None and not body.is_deleted:
            with body:
                _report(report)


def _report(report: AgreementReport) -> None:
    tone: Tone = "bad" if report.blocks else "warning" if report.asks else "info"
    Callout(report.sentence, tone, title="What follows", marker="review-follows")
    with Columns(280, even=True):
        _card("Reviewers about corrections", report.reviews)
        _card("People about answers (thumbs)", report.thumbs)
    with Expander("What the numbers mean"):
        Facts(EXPLAINED)
        Text(
            "About one correction in eight is asked of a second reviewer, who does not see what "
            "the first one said. From 30 of them on, an alpha below 0.4 stops retraining by "
            "itself, and one below 0.67 lets a person approve every new model.",
            "small",
        )


def _card(title: str, seen: Agreement) -> None:
    with Card(title, subtitle=seen.sentence, level=3, marker=f"agreement-{seen.about}"):
        Facts(
            [
                ("Judged by two people or more", f"{seen.n:,}"),
                ("Agreement", "not known" if seen.percent is None else f"{seen.percent:.0%}"),
                ("Krippendorff's alpha", _number(seen.alpha)),
                ("Gwet's AC1", _number(seen.ac1)),
            ]
        )


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f}"
