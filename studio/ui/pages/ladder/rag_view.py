"""The retrieval step: documents, then the arm to measure (retrieval or all in the prompt)."""

from __future__ import annotations

from studio.domain.ladder import Rung
from studio.ui.act import done
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.layout import Stack
from studio.ui.pages.ladder.corpus_view import CorpusView
from studio.ui.pages.ladder.corpus_vm import CorpusPage
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.results_view import ResultsView
from studio.ui.pages.ladder.rung_view import RungFormView
from studio.ui.pages.ladder.rung_vm import RungForm

TITLES = {Rung.RAG: "Retrieval", Rung.LONG_CONTEXT: "Everything in the prompt"}


class RagView:
    """Draws the step; every decision is the view models'."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        services, project = frame.services, frame.project_id
        self.page = CorpusPage(services=services, project_id=project)
        self.forms = {
            rung: RungForm(services=services, project_id=project, rung=rung) for rung in TITLES
        }
        self.views = {
            rung: RungFormView(form, frame, frame.refresh) for rung, form in self.forms.items()
        }
        for view in self.views.values():
            view.take_up()
        self.rung = Rung.RAG

    def load(self) -> None:
        """Reads documents, and what can be chosen."""
        self.page.load()
        self.note_blocks()
        for form in self.forms.values():
            form.load()

    def draw(self) -> None:
        """Documents, arm, form, runs."""
        self.shown = self.state()
        self.corpus = CorpusView(self.page, self.frame)
        ChoiceCards(
            "What to measure",
            [
                Choice(
                    value=Rung.RAG,
                    title=TITLES[Rung.RAG],
                    text="The passages most like the question go with it. For any amount.",
                ),
                Choice(
                    value=Rung.LONG_CONTEXT,
                    title=TITLES[Rung.LONG_CONTEXT],
                    text="All documents go with every question. For few.",
                ),
            ],
            value=self.rung,
            on_change=self.choose,
            marker="rag-arm",
        )
        self.form_place = Stack(16)
        with self.form_place:
            self.views[self.rung].draw()
        self.results = ResultsView(self.frame)

    def choose(self, rung: Rung) -> None:
        """Sets up the other arm."""
        self.rung = rung
        self.form_place.clear()
        with self.form_place:
            self.views[rung].draw()

    async def news(self) -> None:
        """Shows how far documents and runs are."""
        await self.corpus.news()
        self.note_blocks()
        if self.state() != self.shown:
            self.shown = self.state()
            for form in self.forms.values():
                await done(form.load)
            self.choose(self.rung)
        else:
            self.views[self.rung].check()
        self.results.show()

    def state(self) -> list[tuple[str, str, int]]:
        """What of the documents decides whether a rung can be measured."""
        return [(one.id, one.status, one.n_documents) for one in self.page.corpora]

    def note_blocks(self) -> None:
        """Takes over which rules stop these rungs."""
        for rung, form in self.forms.items():
            fired = self.frame.overview.blocks(rung)
            form.blocked = fired.rule.id if fired is not None else ""
