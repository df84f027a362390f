"""The ladder: one page for each step, and the way in to the step where work goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from studio.domain.errors import NotFound
from studio.domain.ladder import Rung
from studio.ui.act import done
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Stack
from studio.ui.kit.page_header import PageHeader
from studio.ui.pages.ladder.charter_view import CharterView
from studio.ui.pages.ladder.evidence_view import EvidenceView
from studio.ui.pages.ladder.failures_view import FailuresView
from studio.ui.pages.ladder.fine_tune_view import FineTuneView
from studio.ui.pages.ladder.frame import Content, Frame
from studio.ui.pages.ladder.prompt_view import PromptView
from studio.ui.pages.ladder.rag_view import RagView
from studio.ui.pages.ladder.sample_view import SampleLoader
from studio.ui.pages.ladder.steps import Step, step_named, step_path
from studio.ui.pages.ladder.verdict_view import VerdictView

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

CONTENTS: dict[Step, Callable[[Frame], Content]] = {
    Step.CHARTER: CharterView,
    Step.EVIDENCE: EvidenceView,
    Step.PROMPT: partial(PromptView, rung=Rung.PROMPT),
    Step.FEW_SHOT: partial(PromptView, rung=Rung.FEW_SHOT),
    Step.FAILURES: FailuresView,
    Step.RAG: RagView,
    Step.FINE_TUNE: FineTuneView,
    Step.VERDICT: VerdictView,
}


async def build(services: Services, shell: Shell) -> None:
    """Draws the step where work goes on, or how to begin."""
    frame = Frame(services, shell, Step.CHARTER)
    place = Stack(16, grow=True)
    if not await done(frame.overview.load):
        return
    with place:
        if frame.overview.empty:
            draw_welcome(frame)
        else:
            await build_step(services, shell, frame.overview.current)


async def build_step(services: Services, shell: Shell, step: str) -> None:
    """Draws one step; raises NotFound when there is none of that name."""
    wanted = step_named(step)
    if wanted is None:
        raise NotFound(f"The ladder has no step {step!r}.", hint="Choose one in the list of steps.")
    frame = Frame(services, shell, wanted)
    await frame.show(CONTENTS[wanted](frame))


def draw_welcome(frame: Frame) -> None:
    """What the ladder is, and how to begin."""
    with PageHeader(
        "Ladder",
        "Find out how far up you must go: prompting, retrieval, fine-tuning. Or nothing at all.",
    ):
        pass
    loader = SampleLoader(frame)
    EmptyState(
        "Nothing measured yet",
        "Eight steps lead from what the client wants to a verdict with its evidence and its price. "
        "Load the sample project to see the whole way, or begin with a charter of your own.",
        ("Load the sample project", loader.load),
        ("Begin with the charter", step_path(Step.CHARTER)),
        icon="stairs",
        marker="ladder-empty",
    )
    loader.draw()
