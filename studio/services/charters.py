"""Charters: what was agreed with a client, drafted, signed, and never changed afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from studio.domain.charters import Charter, SignOff, Template, UseCase
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.values import new_id, now
from studio.store.charters import CharterStore
from studio.store.projects import ProjectStore

LONGEST_NAME = 120


class CharterService:
    """What a user can do with charters."""

    def __init__(
        self, charters: CharterStore, projects: ProjectStore, templates: Sequence[Template]
    ) -> None:
        self._charters, self._projects, self._templates = charters, projects, tuple(templates)
        self._writing = threading.Lock()

    def templates(self) -> list[Template]:
        """Returns where charters begin, one for each use case that has a template."""
        return list(self._templates)

    def get(self, project_id: str) -> Charter:
        """Returns the newest version; a fresh draft is kept where there is none."""
        self._projects.get(project_id)
        with self._writing:
            kept = self._charters.all(project_id)
            return kept[0] if kept else self._drafted(project_id)

    def begin(self, project_id: str, use_case: UseCase) -> Charter:
        """Returns a draft for a use case, its empty fields filled from the template.

        A signed charter stays as it is: the next version begins.
        """
        charter = self.get(project_id)
        changes: dict[str, object] = {"use_case": use_case}
        template = next((one for one in self._templates if one.use_case is use_case), None)
        if template is not None:
            changes["objective"] = charter.objective or template.objective
            changes["metric"] = charter.metric or template.metric
            changes["target"] = template.target if charter.target is None else charter.target
        return self.save(charter.with_(**changes))

    def save(self, charter: Charter) -> Charter:
        """Keeps a draft; saving changes over a signed one begins the next version.

        Raises:
            NotFound: when the project has no such charter.
            Conflict: when a newer version has begun meanwhile.
        """
        with self._writing:
            kept = self._charters.all(charter.project_id)
            known = next((one for one in kept if one.id == charter.id), None)
            if known is None:
                raise NotFound(f"There is no charter {charter.id}.", hint="Reload the page.")
            if known.number != kept[0].number:
                raise Conflict(
                    f"Charter {known.number} has been followed by {kept[0].number}.",
                    hint="Reload to go on with the newest version.",
                )
            # Who signed and when is nothing that an edit may say.
            same = {"number": known.number, "created_at": known.created_at, "signed": known.signed}
            edited = charter.with_(**same, changed_at=known.changed_at)
            if edited == known:
                return known
            if known.signed is None:
                edited = edited.with_(changed_at=now())
                self._charters.save(edited)
                return edited
            edited = edited.with_(
                id=new_id("charter"),
                number=known.number + 1,
                signed=None,
                created_at=now(),
                changed_at=now(),
            )
            self._charters.add(edited)
            return edited

    def sign(self, project_id: str, name: str, role: str = "") -> Charter:
        """Returns the newest version with a signature; it never changes again.

        Raises:
            InvalidInput: when nobody is named.
            Conflict: when it is signed already.
        """
        signer, position = " ".join(name.split()), " ".join(role.split())
        if not 0 < len(signer) <= LONGEST_NAME or len(position) > LONGEST_NAME:
            raise InvalidInput(
                f"A signature needs a name of 1 to {LONGEST_NAME} characters.",
                hint="Enter who agrees to this charter.",
            )
        charter = self.get(project_id)
        with self._writing:
            if charter.signed is not None:
                raise Conflict(
                    f"Charter {charter.number} was signed by {charter.signed.name} already.",
                    hint="An edit begins the next version, which can be signed again.",
                )
            signed = charter.with_(
                signed=SignOff(name=signer, role=position, at=now()), changed_at=now()
            )
            self._charters.save(signed)
        return signed

    def history(self, project_id: str) -> list[Charter]:
        """Returns every version, newest first; NotFound without such a project."""
        self._projects.get(project_id)
        return self._charters.all(project_id)

    def _drafted(self, project_id: str) -> Charter:
        moment = now()
        draft = Charter(
            id=new_id("charter"), project_id=project_id, created_at=moment, changed_at=moment
        )
        self._charters.add(draft)
        return draft
