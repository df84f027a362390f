"""Tokens of a text under a model's own tokenizer, and how fast this machine trains."""

from __future__ import annotations

from studio.domain.costing import Figure
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.fields import select_field, textarea_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.long_task import LongTask
from studio.ui.kit.text import Text
from studio.ui.pages.estimator.vm import EstimatorPage, figure_words
from studio.ui.pages.loaded import Loaded


class TokensView:
    """Two small tools."""

    def __init__(self, page: EstimatorPage) -> None:
        self.page = page

    async def show(self) -> None:
        """Reads the models, then draws both tools."""
        await Loaded(self.page.load_models, self.draw, gap=16).show()

    def draw(self) -> None:
        """Counting, then probing."""
        with Card(
            "Count tokens",
            subtitle="Prices and limits are in tokens; every model cuts text its own way.",
        ):
            self.text = textarea_field("Text", value="", rows=4, marker="tokens-text")
            self.model = select_field(
                "Model",
                options=self.page.models,
                value=next(iter(self.page.models)),
                marker="tokens-model",
            )
            self.button = Button("Count", self.count, kind="primary", marker="tokens-count")
            self.result = Text("", "strong", marker="tokens-result")
            self.result.props["role"] = "status"
        with Card(
            "Measure this machine",
            subtitle="Twenty seconds of real training steps replace the prior that plans rest on.",
        ):
            self.probing = Stack(8)
            self.probe_button = Button("Measure now", self.probe, marker="probe-start")
            self.speed = Text("", "strong", marker="probe-result")
            self.speed.props["role"] = "status"

    async def count(self) -> None:
        """Counts what stands in the field."""
        text = self.text.value
        if not text:
            self.text.set_error("Write or paste a text first.")
            return
        self.text.set_error(None)
        self.button.busy(True)
        said = await act(self.page.count, text, self.model.value)
        self.button.busy(False)
        if said is not None:
            self.result.set_text(said)

    def probe(self) -> None:
        """Starts the probe."""
        self.probe_button.set_enabled(False)
        with self.probing:
            LongTask(
                "Measuring this machine",
                lambda progress, cancelled: self.page.services.estimates.probe(progress=progress),
                on_done=self.probed,
                on_cancelled=lambda: self.probe_button.set_enabled(True),
                cancellable=False,
                marker="probe",
            )

    def probed(self, figure: Figure) -> None:
        """Shows what came out."""
        self.probe_button.set_enabled(True)
        self.speed.set_text(figure_words(figure))
