from collections.abc import Iterator

import pytest

from studio.domain.charters import Template, UseCase
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.services.charters import CharterService
from studio.store.charters import CharterStore
from studio.store.database import Database
from studio.store.projects import ProjectStore
from tests.unit.store import samples

LEGAL = Template(
    use_case=UseCase.LEGAL,
    title="Legal",
    objective="Find the clause.",
    metric="token_f1",
    target=0.7,
    system_prompt="You read contracts.",
    task_type="extraction",
    watch_out="Clauses that refer to others.",
)


@pytest.fixture
def service() -> Iterator[CharterService]:
    with Database(None) as database:
        projects = ProjectStore(database)
        projects.add(samples.project(id="project_1", name="Acme"))
        yield CharterService(CharterStore(database), projects, [LEGAL])


def test_a_project_has_a_draft_from_the_first_look_on(service: CharterService) -> None:
    draft = service.get("project_1")
    assert (draft.number, draft.metric, draft.signed) == (1, None, None)
    assert service.get("project_1") == draft
    with pytest.raises(NotFound):
        service.get("project_9")


def test_a_template_fills_what_is_empty_and_nothing_else(service: CharterService) -> None:
    service.save(service.get("project_1").with_(objective="My own words.", target=0.9))
    begun = service.begin("project_1", UseCase.LEGAL)
    assert (begun.use_case, begun.objective) == (UseCase.LEGAL, "My own words.")
    assert (begun.metric, begun.target) == ("token_f1", 0.9)


def test_a_use_case_without_template_is_only_noted(service: CharterService) -> None:
    begun = service.begin("project_1", UseCase.OTHER)
    assert (begun.metric, begun.objective) == (None, "")


def test_drafts_are_saved_in_place(service: CharterService) -> None:
    draft = service.get("project_1")
    saved = service.save(draft.with_(client="Acme"))
    assert (saved.id, saved.number) == (draft.id, 1)
    assert saved.changed_at > draft.changed_at
    assert service.history("project_1") == [saved]


def test_saving_nothing_new_changes_nothing(service: CharterService) -> None:
    draft = service.get("project_1")
    assert service.save(draft) == draft
    signed = service.sign("project_1", "Ada")
    assert service.save(signed) == signed


def test_an_edit_of_a_signed_charter_begins_the_next(service: CharterService) -> None:
    service.save(service.get("project_1").with_(client="Acme"))
    signed = service.sign("project_1", " Ada  Lovelace ", "owner")
    assert signed.signed is not None
    assert (signed.signed.name, signed.signed.role) == ("Ada Lovelace", "owner")
    second = service.save(signed.with_(client="Acme Ltd"))
    assert (second.number, second.signed, second.client) == (2, None, "Acme Ltd")
    assert service.history("project_1") == [second, signed]


def test_nobody_signs_by_editing(service: CharterService) -> None:
    signed = service.sign("project_1", "Ada")
    second = service.save(signed.with_(client="Acme"))
    forged = service.save(second.with_(signed=signed.signed, client="Other"))
    assert forged.signed is None


def test_an_edit_of_a_version_that_was_followed_is_refused(service: CharterService) -> None:
    first = service.sign("project_1", "Ada")
    service.save(first.with_(client="Acme"))
    with pytest.raises(Conflict, match="followed by 2"):
        service.save(first.with_(client="Other"))


def test_a_charter_is_signed_once_by_somebody(service: CharterService) -> None:
    with pytest.raises(InvalidInput):
        service.sign("project_1", "  ")
    service.sign("project_1", "Ada")
    with pytest.raises(Conflict, match="signed by Ada"):
        service.sign("project_1", "Bob")
