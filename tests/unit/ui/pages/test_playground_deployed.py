"""A deployment is chosen like a model; the answer says what gave it."""

from studio.ui.pages.playground.vm import Playground
from tests.fakes.services import FakeServices
from tests.unit.ui.pages.test_playground import ask


def test_a_deployment_stands_beside_the_models_and_shows_what_answered() -> None:
    page = Playground(services=FakeServices(), project_id="prj_1")  # type: ignore[arg-type]
    page.load(left="deployment:letters")
    assert page.models["deployment:letters"] == "letters (deployment)"
    pane = page.panes[0]
    assert pane.model_id == "deployment:letters"
    page.choose_model(page.panes[1], "")
    fake = page.services.playground
    fake.marks = {"revision_id": "rev_2", "variant": "candidate"}  # type: ignore[attr-defined]
    (turn,) = ask(page, "Where is my bill?")
    assert turn.by == "Letters v2, the candidate"
    ask(page, "And the other one?")
    before = pane.session
    page.clear()
    ask(page, "Anew?")
    assert fake.sessions == [before, before, pane.session]  # type: ignore[attr-defined]
    assert pane.session != before
