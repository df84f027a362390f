"""The policy on the screen: plain questions first, every other number behind one press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from studio.domain.errors import StudioError
from studio.domain.retraining import Mode
from studio.domain.training import Effort, Method, Objective
from studio.ui.act import act, done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import ChoiceCards
from studio.ui.kit.copyable import Copyable
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, check_field, number_field, select_field, switch_field
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.notices import Callout, error_notice, notice
from studio.ui.kit.text import Text
from studio.ui.pages.autosave import Autosave
from studio.ui.pages.deployments.policy_fields import NumberOf
from studio.ui.pages.deployments.policy_numbers import ADVANCED, PLAIN, SUITES
from studio.ui.pages.deployments.policy_vm import LOCAL, PolicyForm
from studio.ui.pages.words import EFFORTS, METHODS, OBJECTIVES

AGREE = "I agree that questions and corrections are sent to {host} for training"


class PolicyView:
    """Every change is kept by itself."""

    def __init__(
        self, form: PolicyForm, saved: Callable[[], Any], changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.form, self.saved, self.changed = form, saved, changed

    async def draw(self) -> None:
        """The whole form."""
        self.autosave = Autosave(self.form.save, self.kept)
        self.body = Stack(12)
        await self.again()

    async def again(self) -> None:
        """Reads the policy and draws it."""
        if not await done(self.form.load) or self.body.is_deleted:
            return
        self.body.clear()
        with self.body:
            self.draw_standing()
            self.draw_plain()
            self.draw_advanced()
            self.draw_file()

    def draw_standing(self) -> None:
        """Armed, paused or switched off."""
        policy = self.form.now
        armed = policy.enabled and not policy.paused_because
        with Card("Does it learn by itself?", marker="policy-standing") as card:
            Badge("yes" if armed else "waits for you", "good" if armed else "warning")
            if policy.paused_because:
                Callout(policy.paused_because, "warning", title="Paused")
            elif not policy.enabled:
                Text("Switched off: it learns only when somebody presses “Start now”.")
        with card.actions:
            if armed:
                Button("Pause", self.pause, icon="pause", marker="policy-pause")
            else:
                Button("Arm it", self.arm, kind="primary", marker="policy-arm")

    def draw_plain(self) -> None:
        """The questions everybody should answer."""
        form, policy = self.form, self.form.now
        with Card("When and how", subtitle="Kept as you write.", marker="policy"):
            Text("How far may it go by itself?", "strong")
            self.modes = ChoiceCards(
                "How far may it go by itself?",
                form.modes(),
                value=policy.mode,
                on_change=self.choose_mode,
                marker="policy-mode",
            )
            with Columns(260, gap=14):
                for number in PLAIN:
                    self.draw_number(number)
                self.draw_select(
                    "dataset_version_id",
                    "The original data",
                    {"": "None", **form.versions},
                    "Trained again beside the corrections; its test part is the reference set.",
                )
                select_field(
                    "Where it trains",
                    options=form.places,
                    value=policy.backend,
                    marker="policy-backend",
                    on_change=self.move,
                )
                self.draw_base()
            Callout(" ".join(form.proves), title="What it can prove", marker="policy-proves")
            if form.asks:
                check_field(
                    AGREE.format(host=form.asks), marker="policy-agree", on_change=self.agree
                )

    def draw_advanced(self) -> None:
        """Everything else."""
        form = self.form
        with (
            Card(marker="policy-more"),
            Expander("Advanced", hint="triggers, data, gate, trial", marker="policy-advanced"),
        ):
            for title, numbers in ADVANCED.items():
                Text(title, "strong")
                with Columns(230, gap=14):
                    for number in numbers:
                        self.draw_number(number)
                    if title == "When it begins":
                        self.draw_switch("drift_trains", "Changed questions begin a cycle")
                    if title == "What it learns from":
                        self.draw_learning()
                    if title == "The gate":
                        for path, label, none, hint in SUITES:
                            self.draw_select(path, label, {"": none, **form.versions}, hint)

    def draw_file(self) -> None:
        """The same for those who keep such things in files."""
        with (
            Card(marker="policy-as-file"),
            Expander("As a file", hint="YAML, for the command line", marker="policy-file"),
        ):
            Copyable(self.form.file, "The policy as a file", marker="policy-yaml")
            Text("As it was when this page was opened. The command line reads it too.", "small")

    def draw_learning(self) -> None:
        """What is trained, and how hard."""
        form = self.form
        self.draw_select(
            "objective",
            "What it is taught",
            {one: OBJECTIVES[one].title for one in Objective},
            "From corrections, answers or pairs of answers.",
        )
        if form.now.backend == LOCAL:
            self.draw_select(
                "method", "Method", {one: METHODS[one].title for one in Method}, "LoRA is usual."
            )
        self.draw_select(
            "effort",
            "Effort",
            {effort: EFFORTS[effort].title for effort in Effort},
            "How hard it tries.",
        )

    def draw_base(self) -> None:
        """What is trained there, and what happens when it cannot be."""
        form = self.form
        backend = form.now.backend
        self.draw_select(
            "base_model",
            "Base model",
            {"": "That of the champion", **form.bases.get(backend, {})},
            "Always trained from this one anew, never from what was tuned before.",
        )
        if backend == LOCAL:
            return
        self.draw_select(
            "fallback_backend",
            "When it cannot train there",
            {"": "Wait", LOCAL: "Train on this machine"},
            "For example when the provider refuses.",
        )
        self.draw_select(
            "fallback_model",
            "Base model on this machine",
            {"": "The same", **form.bases[LOCAL]},
            "For training here instead.",
        )

    def draw_number(self, number: NumberOf) -> None:
        """One number."""
        field = number_field(
            number.label,
            value=number.shown(self.form.now),
            hint=number.hint,
            marker=number.marker,
            min=number.least,
            max=number.most,
            suffix=number.unit,
        )

        def written(_: Any) -> None:
            value = field.value
            if value is None and not number.optional:
                field.set_error("A number is needed here.")
            else:
                self.take(number.path, number.taken(value), field)

        field.control.on_value_change(written)

    def draw_select(self, path: str, label: str, options: dict[Any, str], hint: str) -> None:
        """One choice; an empty one is kept as none where that is possible."""
        value = getattr(self.form.now, path)
        none = path.endswith("_id") or path == "fallback_backend"
        select_field(
            label,
            options=options,
            value="" if value is None and "" in options else value,
            hint=hint,
            marker=f"policy-{path.replace('_', '-')}",
            on_change=lambda chosen: self.choose(path, (chosen or None) if none else chosen),
            searchable=len(options) > 8,
        )

    def draw_switch(self, path: str, label: str) -> None:
        """Something that is on or off."""
        switch_field(
            label,
            value=bool(getattr(self.form.now, path)),
            hint="Otherwise it only tells.",
            marker=f"policy-{path.replace('_', '-')}",
            on_change=lambda on: self.take(path, bool(on)),
        )

    async def choose(self, path: str, value: Any) -> None:
        """Takes a choice; with other data, what is locked and what can be proven differs too."""
        if value == getattr(self.form.now, path):
            return
        if path.endswith("_id"):
            self.form.put(path, value)
            await self.keep_and_draw()
        else:
            self.take(path, value)

    def take(self, path: str, value: Any, field: Field[Any] | None = None) -> None:
        """Takes what was written, or says what is wrong with it where it stands."""
        try:
            self.form.put(path, value)
        except StudioError as error:
            field.set_error(error.message) if field else error_notice(error)
            return
        if field:
            field.set_error(None)
        self.autosave.poke()

    def choose_mode(self, mode: Mode) -> None:
        """How far it may go; what is locked stays locked."""
        before = self.form.now.mode
        try:
            self.form.put("mode", mode)
        except StudioError as error:
            self.modes.set_value(before)
            error_notice(error)
            return
        self.autosave.poke()

    async def move(self, backend: Any) -> None:
        """Trains elsewhere."""
        if backend and backend != self.form.now.backend:
            self.form.move(str(backend))
            await self.keep_and_draw()

    async def agree(self, agreed: bool) -> None:
        """A person agreed that data may go there."""
        if agreed:
            self.form.put("agreed_to", self.form.asks)
            await self.keep_and_draw()

    async def keep_and_draw(self) -> None:
        """Keeps the policy at once and draws the form that fits it."""
        kept = await act(self.form.save)
        if kept is not None:
            await self.kept(kept)
        await self.again()

    async def kept(self, _: Any) -> None:
        """Tells that it was kept."""
        self.saved()
        await self.changed()

    async def pause(self) -> None:
        """Lets it wait for a person."""
        if await done(partial(self.form.pause, "Paused by a person on its page.")):
            notice("It waits until you arm it again.", "good")
            await self.changed()
            await self.again()

    async def arm(self) -> None:
        """Lets it act again."""
        if await done(self.form.arm):
            notice("It learns by itself again.", "good")
            await self.changed()
            await self.again()
