"""Similar answers: which of them the same repair is applied to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from studio.domain.reviews import SimilarAnswer
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.fields import check_field
from studio.ui.kit.layout import Row
from studio.ui.pages import figures

SHOWN = 160
"""Characters of a question in the list."""


class SimilarView:
    """A list to choose from, and one button."""

    def __init__(
        self,
        found: Sequence[SimilarAnswer],
        apply: Callable[[list[str]], Any],
        close: Callable[[], Any],
    ) -> None:
        self._apply = apply
        self._chosen = {one.inference.id for one in found if one.same}
        with Card(
            f"{figures.many(len(found), 'answer')} like this one",
            subtitle="The correction above is approved, and the same answer becomes the "
            "correction of those you choose. U takes it back.",
            level=3,
            marker="review-similar-answers",
        ):
            for at, one in enumerate(found):
                check_field(
                    _question(one),
                    value=one.inference.id in self._chosen,
                    hint="The same answer"
                    if one.same
                    else f"Nearly the same answer: {_short(one.inference.output)}",
                    marker=f"review-similar-{at}",
                    on_change=partial(self._choose, one.inference.id),
                )
            with Row(8):
                self._button = Button(
                    "", self._press, kind="primary", marker="review-apply-similar"
                )
                Button("Close", close, kind="quiet")
        self._show()

    def _choose(self, id: str, chosen: bool | None) -> None:
        self._chosen.add(id) if chosen else self._chosen.discard(id)
        self._show()

    def _show(self) -> None:
        self._button.set_text(f"Approve, and repair {figures.many(len(self._chosen), 'answer')}")
        self._button.set_enabled(bool(self._chosen))

    async def _press(self) -> None:
        await self._apply(sorted(self._chosen))


def _question(one: SimilarAnswer) -> str:
    asked = [turn.content for turn in one.inference.messages if turn.role == "user"]
    return _short(asked[-1]) if asked else "(no question)"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else f"{flat[:SHOWN]}…"
