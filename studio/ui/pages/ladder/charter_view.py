"""The charter's step: use cases as cards, grouped questions, stakeholders, sign-off, history."""

from __future__ import annotations

from functools import partial
from typing import Any

from studio.domain.charters import Charter, UseCase
from studio.ui.act import act, done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.fields import (
    Field,
    date_field,
    number_field,
    select_field,
    switch_field,
    text_field,
    textarea_field,
)
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.autosave import Autosave
from studio.ui.pages.ladder.charter_fields import CharterField
from studio.ui.pages.ladder.charter_questions import FIELDS, GROUPS, Group
from studio.ui.pages.ladder.charter_vm import CharterForm, facts, signed_words
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.stakeholders_view import StakeholdersView
from studio.ui.pages.ladder.words import USE_CASES


class CharterView:
    """Draws the charter; every decision is the view model's."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.form = CharterForm(services=frame.services, project_id=frame.project_id)
        self.fields: dict[str, Field[Any]] = {}

    def load(self) -> None:
        """Reads the charter."""
        self.form.load()

    async def news(self) -> None:
        """Nothing here changes by itself."""

    def draw(self) -> None:
        """The whole step."""
        self.autosave = Autosave(self.form.save, self.kept)
        self.body = Stack(16)
        self.redraw()

    def redraw(self) -> None:
        """Draws the version in the form anew."""
        self.body.clear()
        self.fields.clear()
        with self.body:
            if self.form.locked:
                self.draw_signed()
            else:
                self.draw_use_cases()
                for group in GROUPS:
                    self.draw_group(group)
                StakeholdersView(self.form, self.autosave)
                self.draw_sign()
            self.past = Stack(16)
            self.draw_history()

    # --- a signed version -----------------------------------------------------------------------

    def draw_signed(self) -> None:
        """What was agreed, and the way to the next version."""
        charter = self.form.charter
        Callout(
            f"Signed by {signed_words(charter)}. A signed version never changes.",
            "good",
            title=f"Version {charter.number} is agreed",
            marker="charter-signed",
        )
        with Card(f"Version {charter.number}", subtitle=USE_CASES[charter.use_case]) as card:
            Facts(facts(charter), marker="charter-facts")
        with card.actions:
            Button(
                f"Change it as version {charter.number + 1}",
                self.continue_signed,
                kind="quiet",
                marker="charter-continue",
            )

    def continue_signed(self) -> None:
        """Opens the answers to be changed."""
        self.form.continue_signed()
        self.redraw()

    # --- a draft --------------------------------------------------------------------------------

    def draw_use_cases(self) -> None:
        """One card for each use case."""
        with Card(
            "What is it for?",
            subtitle="Why we ask: a use case brings an objective, a metric and a target to begin "
            "with. What you have written already stays.",
        ):
            texts = {one.use_case: one.watch_out for one in self.form.templates}
            ChoiceCards(
                "Use case",
                [Choice(value=u, title=w, text=texts.get(u, "")) for u, w in USE_CASES.items()],
                value=self.form.charter.use_case,
                on_change=self.choose_use_case,
                marker="charter-use-case",
            )

    async def choose_use_case(self, use_case: UseCase) -> None:
        """Takes a use case and shows what it brought."""
        if await done(self.form.choose_use_case, use_case):
            self.frame.shell.saved()
            self.frame.stale()
            for name, field in self.fields.items():
                field.value = FIELDS[name].shown(self.form.charter)

    def draw_group(self, group: Group) -> None:
        """Questions that belong together."""
        with Card(group.title, subtitle=group.sentence):
            with Columns(230, gap=16):
                for one in group.fields:
                    if one.kind != "long":
                        self.draw_field(one)
            for one in group.fields:
                if one.kind == "long":
                    self.draw_field(one)

    def draw_field(self, one: CharterField) -> None:
        """One question with why we ask."""
        common: dict[str, Any] = {
            "value": one.shown(self.form.charter),
            "hint": one.hint,
            "marker": f"charter-{one.name.replace('_', '-')}",
            "on_change": partial(self.changed, one.name),
        }
        if one.kind == "choice":
            field: Field[Any] = select_field(one.label, options=one.choices or {}, **common)
        elif one.kind == "yes_no":
            field = switch_field(one.label, **common)
        elif one.kind == "long":
            field = textarea_field(one.label, rows=2, **common)
        elif one.kind == "text":
            field = text_field(one.label, **common)
        elif one.kind == "date":
            field = date_field(one.label, **common)
        else:
            field = number_field(one.label, suffix=one.suffix, **common)
        self.fields[one.name] = field

    def changed(self, name: str, value: Any) -> None:
        """Takes an entry and keeps it once things are quiet."""
        problem = self.form.change(name, value)
        self.fields[name].set_error(problem)
        if not problem:
            self.autosave.poke()
        self.check()

    def kept(self, saved: Charter) -> None:
        """Says that the version was kept."""
        begun = saved.id != self.form.charter.id
        self.form.kept(saved)
        if begun:
            self.draw_history()
        self.check()
        self.frame.shell.saved()
        self.frame.stale()

    def draw_sign(self) -> None:
        """Who agrees to it."""
        with Card(
            "Sign-off",
            subtitle="Signing closes this version: it never changes again, and later changes make "
            "the next one. You can go on without.",
        ):
            with Columns(230, gap=16):
                text_field(
                    "Name of whoever agrees",
                    value=self.form.signer,
                    marker="charter-signer",
                    on_change=partial(self.signer_changed, "signer"),
                )
                text_field(
                    "Role",
                    value=self.form.signer_role,
                    marker="charter-signer-role",
                    on_change=partial(self.signer_changed, "signer_role"),
                )
            with Row(12):
                self.sign_button = Button(
                    f"Sign version {self.form.number}",
                    self.sign,
                    icon="draw",
                    marker="charter-sign",
                )
                self.why_not = Text("", "small", marker="charter-why-not")
        self.check()

    def signer_changed(self, name: str, value: str) -> None:
        """Takes the signer's name or role."""
        setattr(self.form, name, value or "")
        self.check()

    def check(self) -> None:
        """Lets Sign be pressed, or says why not."""
        why_not = self.form.cannot_sign
        self.sign_button.set_enabled(not why_not)
        self.why_not.set_text(why_not)

    async def sign(self) -> None:
        """Signs the version in the form."""
        await self.autosave.now()
        signed = await act(self.form.sign)
        if signed is not None:
            notice(f"Version {signed.number} is signed.", "good")
            self.frame.shell.saved()
            self.redraw()
            await self.frame.refresh()

    # --- history --------------------------------------------------------------------------------

    def draw_history(self) -> None:
        """Every version that came before."""
        self.past.clear()
        if len(self.form.history) < 2 and self.form.history[0].signed is None:
            return
        with (
            self.past,
            Card(),
            Expander("History", hint=figures.many(len(self.form.history), "version")),
        ):
            DataTable(
                ["Version", "Changed", "Signed", ""],
                [
                    [
                        f"Version {one.number}",
                        figures.moment(one.changed_at),
                        signed_words(one) or "not signed",
                        partial(Button, "Read", partial(self.read, one), kind="quiet"),
                    ]
                    for one in self.form.history
                ],
                caption="Versions of the charter",
                marker="charter-history",
            )

    def read(self, charter: Charter) -> None:
        """Shows an earlier version as it was."""
        with self.body, Dialog(f"Charter, version {charter.number}", wide=True) as dialog:
            Facts(facts(charter))
        dialog.open()
