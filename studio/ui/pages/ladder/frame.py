"""The frame around a step: header, step rail, questions, the way back and forward, the news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from studio.domain.retrieval import CorpusStatus
from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.layout import Row, Spacer, Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.step_rail import RailStep, StepRail
from studio.ui.kit.with_rail import WithRail
from studio.ui.pages.ladder.overview import OPEN, Overview
from studio.ui.pages.ladder.questions_view import QuestionsView
from studio.ui.pages.ladder.questions_vm import StepQuestions
from studio.ui.pages.ladder.steps import STEPS, Step, neighbours, step_path
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


class Content(Protocol):
    """What a step shows inside the frame."""

    def load(self) -> None:
        """Reads what the step needs, off the event loop."""

    def draw(self) -> None:
        """Draws the step."""

    async def news(self) -> None:
        """Shows what changed; the overview was read anew just before."""


class Frame:
    """One step of the ladder on the screen."""

    def __init__(self, services: Services, shell: Shell, step: Step) -> None:
        self.services, self.shell, self.step = services, shell, step
        self.overview = Overview(services=services, project_id=shell.project_id)
        self.questions = StepQuestions(services=services, project_id=shell.project_id, step=step)
        self.content: Content | None = None

    @property
    def project_id(self) -> str:
        """Id of the present project."""
        return self.shell.project_id

    async def show(self, content: Content) -> None:
        """Reads everything, draws it, then follows the news."""
        self.content = content
        self.shell.title(f"{STEPS[self.step].title} · Ladder")
        scope = PageScope()
        self.loaded = Loaded(self.load, self.draw, gap=16)
        await self.loaded.show()
        self._later = Debounce(0.4, self.refresh)
        scope.subscribe(self.shell.news, lambda _: self._later.poke())
        scope.every(1.0, self._look)

    def load(self) -> None:
        """Reads the overview, the step's questions and the step itself."""
        self.overview.load()
        self.questions.load()
        if self.content is not None:
            self.content.load()

    def draw(self) -> None:
        """Rail, header, the step, its questions, and the way on."""
        words = STEPS[self.step]
        before, after = neighbours(self.step)
        parts = WithRail()
        with parts.rail:
            self.rail = StepRail(
                self._rail_steps(), list(Step).index(self.step), label="Steps of the ladder"
            )
        with parts.main:
            with PageHeader(words.heading, words.purpose):
                self._way(before, after, "top")
            self.notice = Stack(8)
            self._draw_block()
            if self.content is not None:
                self.content.draw()
            QuestionsView(self.questions, self)
            with Row(8, spread=True):
                if before is None:
                    Spacer()
                self._way(before, after, "bottom")

    async def refresh(self) -> None:
        """Reads the project again and shows what changed, leaving fields as they are."""

        def ignored(_: Any) -> None:
            """Trouble while polling is no news: what is drawn stays."""

        if not await done(self.overview.load, on_error=ignored) or self.loaded.is_deleted:
            return
        self.rail.show(self._rail_steps())
        self._draw_block()
        if self.content is not None:
            await self.content.news()

    def stale(self) -> None:
        """Says that the overview should be read again soon."""
        self._later.poke()

    async def _look(self) -> None:
        """While something is being measured, the news may come from a thread of its own."""
        indexing = any(one.status is CorpusStatus.INDEXING for one in self.overview.corpora)
        if indexing or any(run.status in OPEN for run in self.overview.runs):
            await self.refresh()

    def _rail_steps(self) -> list[RailStep]:
        return [
            RailStep(
                title=STEPS[step].title,
                state=self.overview.states[step].words,
                kind=self.overview.states[step].kind,
                href=step_path(step),
                marker=f"step-{step}",
            )
            for step in Step
        ]

    def _draw_block(self) -> None:
        """Which rule stops the rung of this step, and what it asks for."""
        self.notice.clear()
        rungs = STEPS[self.step].rungs
        fired = self.overview.blocks(rungs[0]) if rungs else None
        if fired is None:
            return
        with self.notice:
            Callout(
                f"{fired.rule.because} {fired.rule.effect}".strip(),
                "warning",
                title=f"Rule {fired.rule.id} blocks this rung",
                marker="step-blocked",
            )

    def _way(self, before: Step | None, after: Step | None, place: str) -> None:
        if before is not None:
            Button(
                STEPS[before].title,
                href=step_path(before),
                kind="quiet",
                icon="chevron_left",
                marker=f"ladder-back-{place}",
            )
        if after is not None:
            Button(
                f"Next: {STEPS[after].title}",
                href=step_path(after),
                marker=f"ladder-next-{place}",
            )
