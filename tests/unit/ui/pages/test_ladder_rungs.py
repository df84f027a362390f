"""What can be measured on a rung, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.errors import InvalidInput
from studio.domain.ladder import Rung
from studio.domain.retrieval import CorpusStatus
from studio.ui.pages.ladder.corpus_vm import CorpusPage
from studio.ui.pages.ladder.fine_tune_vm import FineTunePage
from studio.ui.pages.ladder.rung_vm import RungForm, described
from tests.fakes.page_ladder import ENDPOINT_MODEL
from tests.fakes.page_services import services as fake_services
from tests.fakes.page_values import model_version


@pytest.fixture
def services() -> Any:
    return fake_services()


def form(services: Any, rung: Rung = Rung.PROMPT, **draft: Any) -> RungForm:
    made = RungForm(services=services, project_id="prj_1", rung=rung, draft=draft)
    made.load()
    return made


def test_a_draft_goes_over_the_proposal_as_far_as_it_still_makes_sense(services: Any) -> None:
    page = form(services, system="Mine.", model_id="gone", corpus_id="gone", shots=99)
    assert page.setup is not None
    assert page.setup.model_id == "starter"
    assert page.setup.system == "Name the team."
    page = form(services, system="Mine.", model_id=ENDPOINT_MODEL)
    assert page.setup is not None
    assert (page.setup.system, page.setup.model_id) == ("Mine.", ENDPOINT_MODEL)
    assert page.host == "api.example.com"


def test_a_model_tuned_at_a_provider_says_where_questions_go(services: Any) -> None:
    services.ladder.models = lambda project_id: {"starter": "Maker/starter", "mv_9": "Hosted"}
    services.models.tuned.append(model_version(id="mv_9", endpoint="openai", remote_model="ft:x"))
    page = form(services, model_id="mv_9")
    assert page.host == "api.example.com"
    assert "sent there" in page.host_notice


def test_a_server_on_this_machine_is_no_warning(services: Any) -> None:
    page = form(services, model_id=ENDPOINT_MODEL)
    page.endpoints = tuple(one.with_(base_url="http://127.0.0.1:8000/v1") for one in page.endpoints)
    assert page.host_notice == ""


@pytest.mark.parametrize(
    ("template", "wrong"),
    [("{question}", ""), ("Hi", "Put {question}"), ("{question} {name}", "{name} is not known")],
)
def test_templates_are_checked_as_they_are_typed(services: Any, template: str, wrong: str) -> None:
    page = form(services)
    page.change("template", template)
    assert page.template_problem.startswith(wrong) and bool(page.template_problem) == bool(wrong)


def test_decoding_is_part_of_the_setup(services: Any) -> None:
    page = form(services)
    assert page.change("max_new_tokens", 0)
    assert not page.change("temperature", 0.5)
    assert page.setup is not None and page.setup.decoding.temperature == 0.5
    again = form(services, **page.draft)
    assert again.setup is not None and again.setup.decoding.temperature == 0.5
    assert "temperature 0.5" in described(again.setup)


def test_nothing_is_measured_that_cannot_be(services: Any) -> None:
    page = form(services, Rung.RAG)
    assert page.cannot_start == "Bring documents in first."
    with pytest.raises(InvalidInput):
        page.start()
    services.retrieval.create("prj_1", "Documents")
    services.retrieval.become(CorpusStatus.STALE, n_documents=1)
    assert form(services, Rung.RAG).cannot_start == "Index the documents first."
    services.retrieval.become(CorpusStatus.READY, n_documents=1)
    assert form(services, Rung.RAG).cannot_start == ""
    services.ladder.chosen = None
    assert form(services, Rung.RAG).cannot_start == "Choose the evidence first."


def test_a_base_model_is_tuned_before_it_is_measured_on_a_tuned_rung(services: Any) -> None:
    services.models.tuned.append(model_version(id="starter-tuned"))
    page = form(services, Rung.FINE_TUNE)
    assert page.models == {"starter": "Maker/starter · base, tuned first"}
    assert page.primary_label == "Start the pilot"
    page.start()
    assert services.ladder.piloted and not services.ladder.runs


def test_documents_say_whether_they_fit_into_the_prompt(services: Any) -> None:
    page = CorpusPage(services=services, project_id="prj_1")
    page.load()
    assert page.upload_url == "/ui-data/projects/prj_1/documents"
    services.retrieval.create("prj_1", "Documents")
    page.load()
    assert page.upload_url.endswith("?corpus=cor_1")
    assert "all documents may go into the prompt" in page.long_context
    page.tokens = 300_000
    assert "Retrieval it is" in page.long_context
    with pytest.raises(InvalidInput):
        page.search("  ", mode=services.retrieval.bodies[0].status)  # type: ignore[arg-type]


def test_options_say_what_is_not_known_and_what_ends(services: Any) -> None:
    page = FineTunePage(services=services, project_id="prj_1", form=form(services, Rung.FINE_TUNE))
    page.load()
    page.load_options()
    rows = page.rows()
    assert list(rows) == ["here", "hosted"]
    (here,), (hosted,) = rows["here"], rows["hosted"]
    assert (here.memory, here.memory_verdict, here.ends) == ("1.4 GB", "fits", "does not end")
    assert here.duration == ("7 min", "5 min to 10 min")
    assert here.serving == ("not known", "")
    assert (hosted.state, hosted.ends) == ("blocked", "2027-01-14")
    assert hosted.where == "openai · gpt-4.1-mini"
    assert hosted.notes == ("It ends before your horizon.",)
