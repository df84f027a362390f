"""Memory of a fine-tune on the screen: model, method and levers, and whether it fits."""

from __future__ import annotations

from functools import partial
from typing import Any

from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.fields import number_field, select_field, switch_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.text import Text
from studio.ui.pages.estimator import memory_vm as words
from studio.ui.pages.estimator.memory_vm import MemoryForm
from studio.ui.pages.loaded import Loaded


class MemoryView:
    """A form above, the parts of the memory below."""

    def __init__(self, form: MemoryForm) -> None:
        self.form = form

    async def show(self) -> None:
        """Reads the models, then draws the form."""
        await Loaded(self.form.load, self.draw, gap=16).show()

    def draw(self) -> None:
        """Every lever with the value it has."""
        with Card(
            "Does a fine-tune fit?",
            subtitle="Memory at its peak on each GPU, checked against published measurements. "
            "For the time and price of your own data see the ladder's step Fine-tune.",
        ):
            with Columns(200, gap=12):
                select_field(
                    "Model",
                    options={name: name for name in self.form.models},
                    value=self.form.model,
                    hint="On this machine or published.",
                    searchable=True,
                    marker="memory-model",
                    on_change=self._model,
                )
                self._choice("method", "What is trained", words.METHODS)
                self._choice("framework", "With", words.FRAMEWORKS)
                self._number("seq_len", "Tokens of one example")
                self._number("micro_batch", "Examples at once", "On each GPU.")
                self._number("rank", "Rank of the adapter")
                self._choice("optimizer", "Optimizer", words.OPTIMIZERS)
                self._choice("checkpointing", "Layers computed twice", words.SWITCH)
                self._choice("chunked_loss", "Loss in chunks", words.SWITCH)
                self._number("gpus", "GPUs")
                self._choice("sharding", "GPUs share", words.SHARDING)
                number_field(
                    "Memory of one GPU",
                    value=self.form.gpu_gb,
                    min=1,
                    suffix="GiB",
                    marker="memory-gpu",
                    on_change=self._gpu,
                )
                switch_field(
                    "Activations in main memory",
                    value=self.form.levers["offload_activations"],
                    marker="memory-offload-activations",
                    on_change=partial(self.form.set, "offload_activations"),
                )
            with Row(8):
                self.button = Button("Estimate", self.estimate, kind="primary", marker="memory-go")
        self.result = Stack(8)

    async def estimate(self) -> None:
        """Works it out and shows the parts."""
        self.button.busy(True)
        worked = await done(self.form.estimate)
        self.button.busy(False)
        if not worked or self.result.is_deleted:
            return
        self.result.clear()
        with self.result, Card("What it takes", marker="memory-result"):
            said = Text(self.form.verdict(), "strong", marker="memory-verdict")
            said.props["role"] = "status"
            if self.form.note:
                Text(self.form.note, "muted")
            DataTable(
                ["Part", "Memory", "How"],
                self.form.rows(),
                caption="Memory of a fine-tune, part by part",
                numeric=(1,),
                wordy=(2,),
            )

    def _choice(self, name: str, label: str, options: dict[str, str]) -> None:
        select_field(
            label,
            options=options,
            value=self.form.levers[name] or words.USUAL,
            marker=f"memory-{name.replace('_', '-')}",
            on_change=partial(self.form.set, name),
        )

    def _number(self, name: str, label: str, hint: str = "") -> None:
        number_field(
            label,
            value=self.form.levers[name],
            min=1,
            step=1,
            hint=hint,
            marker=f"memory-{name.replace('_', '-')}",
            on_change=partial(self.form.set, name),
        )

    def _model(self, name: Any) -> None:
        self.form.model = name or self.form.model

    def _gpu(self, gb: float | None) -> None:
        self.form.gpu_gb = gb
