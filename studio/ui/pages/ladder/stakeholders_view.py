"""Stakeholders of the charter: one line for each, added and taken out with a way back."""

from __future__ import annotations

from functools import partial

from studio.ui.kit.button import Button, IconButton
from studio.ui.kit.card import Card
from studio.ui.kit.fields import text_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.autosave import Autosave
from studio.ui.pages.ladder.charter_vm import CharterForm


class StakeholdersView:
    """Draws the card; every change is kept."""

    def __init__(self, form: CharterForm, autosave: Autosave) -> None:
        self.form, self.autosave = form, autosave
        with Card(
            "Stakeholders", subtitle="Why we ask: whoever is not asked now says no at the end."
        ):
            self.people = Stack(8)
            self.draw_people()
            with Row(8):
                Button(
                    "Add somebody", self.add_person, kind="quiet", icon="add", marker="charter-add"
                )

    def draw_people(self) -> None:
        """One line for each."""
        self.people.clear()
        with self.people:
            for index, person in enumerate(self.form.charter.stakeholders):
                with Row(8, wrap=False, align="end"):
                    text_field(
                        f"Name {index + 1}",
                        value=person.name,
                        marker=f"charter-person-{index}",
                        on_change=partial(self.person_changed, index, "name"),
                    )
                    text_field(
                        f"Role {index + 1}",
                        value=person.role,
                        marker=f"charter-role-{index}",
                        on_change=partial(self.person_changed, index, "role"),
                    )
                    IconButton(
                        "close",
                        f"Remove line {index + 1}",
                        partial(self.remove_person, index),
                        marker=f"charter-remove-{index}",
                    )

    def person_changed(self, index: int, part: str, value: str) -> None:
        """Takes a name or a role."""
        self.form.set_stakeholder(index, **{part: value or ""})
        self.autosave.poke()

    def add_person(self) -> None:
        """Adds a line."""
        self.form.add_stakeholder()
        self.draw_people()

    def remove_person(self, index: int) -> None:
        """Takes a line out, with a way back."""
        before = self.form.remove_stakeholder(index)
        self.draw_people()
        self.autosave.poke()

        def back() -> None:
            self.form.put_stakeholders(before)
            self.draw_people()
            self.autosave.poke()

        undo_notice(f"{before[index].name or 'The line'} was taken out.", back)
