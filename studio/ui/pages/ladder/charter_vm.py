"""The charter being filled in: kept as one types, signed once, continued as the next version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.charters import Charter, Stakeholder, Template, UseCase
from studio.domain.errors import InvalidInput
from studio.ui.pages import figures
from studio.ui.pages.ladder.charter_questions import FIELDS, GROUPS, RESIDENCY_CHOICES
from studio.ui.pages.ladder.words import metric_words

if TYPE_CHECKING:
    from studio.services.container import Services

KEPT_BY_THE_SERVICE = ("id", "number", "signed", "created_at", "changed_at")


@dataclass(kw_only=True)
class CharterForm:
    """The newest version of a project's charter."""

    services: Services
    project_id: str
    templates: tuple[Template, ...] = ()
    history: tuple[Charter, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong with entries that were not taken, by field."""
    continuing: bool = False
    """The signed version is being changed: the first change begins the next."""
    signer: str = ""
    signer_role: str = ""
    _charter: Charter | None = None

    def load(self) -> None:
        """Reads templates, the newest version and the earlier ones."""
        charters = self.services.charters
        self.templates = tuple(charters.templates())
        self._charter = charters.get(self.project_id)
        self.history = tuple(charters.history(self.project_id))

    @property
    def charter(self) -> Charter:
        """The version in the form."""
        if self._charter is None:
            raise InvalidInput("The charter has not been read yet.")
        return self._charter

    @property
    def locked(self) -> bool:
        """True when this version was signed and can only be continued as the next."""
        return self.charter.signed is not None and not self.continuing

    @property
    def number(self) -> int:
        """Number of the version that the form makes."""
        return self.charter.number + (1 if self.charter.signed is not None else 0)

    @property
    def template(self) -> Template | None:
        """Where this use case begins."""
        wanted = self.charter.use_case
        return next((one for one in self.templates if one.use_case is wanted), None)

    def change(self, name: str, given: Any) -> str:
        """Takes an entry; returns what is wrong with it, or nothing."""
        try:
            value = FIELDS[name].parse(given)
            self._charter = self.charter.with_(**{name: value})
        except ValueError as error:
            words = str(error) if len(str(error)) < 80 else "This value is not possible."
            self.problems[name] = words
            return words
        self.problems.pop(name, None)
        return ""

    def save(self) -> Charter:
        """Keeps the version in the form, off the event loop, and returns what was kept."""
        saved = self.services.charters.save(self.charter)
        if all(one.id != saved.id for one in self.history):
            self.history = tuple(self.services.charters.history(self.project_id))
        return saved

    def kept(self, saved: Charter) -> None:
        """Takes over what keeping decided; entries made meanwhile stay as they are."""
        decided = {name: getattr(saved, name) for name in KEPT_BY_THE_SERVICE}
        self._charter = self.charter.with_(**decided)

    def choose_use_case(self, use_case: UseCase) -> None:
        """Takes a use case; empty fields begin with what its template says."""
        if self.locked:
            raise InvalidInput("This version is signed.", hint="Begin the next version first.")
        self.services.charters.save(self.charter)
        self._charter = self.services.charters.begin(self.project_id, use_case)

    def continue_signed(self) -> None:
        """Opens the signed version's answers to be changed; it stays as it is itself."""
        self.continuing = True
        self.signer = self.signer_role = ""

    def set_stakeholder(self, index: int, **changes: str) -> None:
        """Changes one stakeholder."""
        people = list(self.charter.stakeholders)
        people[index] = people[index].with_(**changes)
        self._charter = self.charter.with_(stakeholders=tuple(people))

    def add_stakeholder(self) -> None:
        """Adds a line for one more."""
        people = (*self.charter.stakeholders, Stakeholder(name=""))
        self._charter = self.charter.with_(stakeholders=people)

    def remove_stakeholder(self, index: int) -> tuple[Stakeholder, ...]:
        """Takes one out; returns the list as it was."""
        before = self.charter.stakeholders
        people = tuple(one for at, one in enumerate(before) if at != index)
        self._charter = self.charter.with_(stakeholders=people)
        return before

    def put_stakeholders(self, people: tuple[Stakeholder, ...]) -> None:
        """Puts a whole list back."""
        self._charter = self.charter.with_(stakeholders=people)

    @property
    def cannot_sign(self) -> str:
        """Why the charter cannot be signed, empty when it can."""
        if self.problems:
            return f"{FIELDS[next(iter(self.problems))].label}: look at this entry first."
        if not self.charter.objective.strip():
            return "Write the objective first: it is what is agreed."
        if self.charter.signed is not None:
            return "Change something first: the version before is signed already."
        if not self.signer.strip():
            return "Write the name of whoever agrees."
        return ""

    def sign(self) -> Charter:
        """Signs this version, which never changes again."""
        if self.cannot_sign:
            raise InvalidInput(self.cannot_sign)
        self.services.charters.save(self.charter)
        self._charter = self.services.charters.sign(
            self.project_id, self.signer.strip(), self.signer_role.strip()
        )
        self.continuing = False
        self.history = tuple(self.services.charters.history(self.project_id))
        return self.charter


def signed_words(charter: Charter) -> str:
    """Who signed a version, and when; empty for a draft."""
    if charter.signed is None:
        return ""
    role = f", {charter.signed.role}" if charter.signed.role else ""
    return f"{charter.signed.name}{role}, {figures.moment(charter.signed.at)}"


def facts(charter: Charter) -> list[tuple[str, str]]:
    """A version as labels and values; what nobody knows says so."""
    rows = []
    for group in GROUPS:
        for one in group.fields:
            rows.append((one.label, shown(charter, one.name)))
    people = ", ".join(
        f"{person.name} ({person.role})" if person.role else person.name
        for person in charter.stakeholders
    )
    rows.append(("Stakeholders", people or figures.UNKNOWN))
    rows.append(("Signed by", signed_words(charter) or "not signed"))
    return rows


def shown(charter: Charter, name: str) -> str:
    """One answer in words."""
    one, value = FIELDS[name], getattr(charter, name)
    if value is None or value == "":
        return figures.UNKNOWN
    if name == "metric":
        return metric_words(value).title
    if name == "residency":
        return RESIDENCY_CHOICES[value]
    if one.kind == "yes_no":
        return "yes" if value else "no"
    if one.kind == "share":
        return figures.share(value)
    if one.kind == "money":
        return f"{value:,.2f} {charter.currency}"
    if one.kind == "whole":
        return f"{value:,} {one.suffix}".strip()
    return str(value)
