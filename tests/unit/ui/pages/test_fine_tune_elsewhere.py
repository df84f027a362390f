"""The fine-tune form for a run at a provider: place, price, what is left to it, and consent."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import DataFormat
from studio.domain.endpoints import Dialect
from studio.domain.errors import InvalidInput
from studio.domain.training import Effort, Method, Objective
from studio.ui.pages.fine_tune import consent_vm, own_price
from studio.ui.pages.fine_tune.drafts import draft, restore
from studio.ui.pages.fine_tune.fields import hyperparameter_fields
from studio.ui.pages.fine_tune.places_vm import Place
from studio.ui.pages.fine_tune.plan_vm import bars, lines
from studio.ui.pages.fine_tune.vm import FineTuneForm
from tests.fakes.page_services import services
from tests.fakes.page_training import sent
from tests.fakes.page_values import version

FIELDS = {shown.name: shown for shown in hyperparameter_fields()}
THERE = "endpoint:openai"


@pytest.fixture
def have() -> Any:
    made = services()
    made.training.elsewhere = (THERE,)
    made.training.disclosure = sent()
    return made


@pytest.fixture
def form(have: Any) -> FineTuneForm:
    form = FineTuneForm(services=have, project_id="prj_1")
    form.load()
    return form


def hosted(form: FineTuneForm) -> FineTuneForm:
    form.choose(backend=THERE)
    form.recommend()
    form.make_plan()
    return form


def test_this_machine_comes_first_and_every_place_says_what_it_means(form: FineTuneForm) -> None:
    here, there = form.places
    assert (form.backend, here.title, there.title) == ("local", "This machine", "openai")
    assert "Nothing leaves it" in here.sentence
    assert "sent to api.example.com" in there.sentence
    assert there.facts["gpt-small"] == "Its price is not known here."


def test_another_place_has_other_models_and_fields(form: FineTuneForm) -> None:
    form.set_hyperparameter(FIELDS["lora_rank"], "32")
    hosted(form)
    assert form.base_model == "gpt-small"
    assert [s.name for s in form.fields()] == ["epochs", "learning_rate", "batch_size", "seed"]
    assert not form.place.knows_methods
    spec = form.spec()
    assert (spec.backend, spec.base_model) == (THERE, "gpt-small")
    assert spec.hyperparameters.lora_rank == 16
    assert spec.automatic == ("epochs", "learning_rate", "batch_size")


def test_the_server_decides_until_the_dial_or_a_field_says_otherwise(form: FineTuneForm) -> None:
    hosted(form)
    assert form.dial is None
    form.turn(Effort.THOROUGH)
    form.recommend()
    assert (form.dial, form.spec().automatic) == (Effort.THOROUGH, ("learning_rate",))
    assert form.spec().hyperparameters.epochs == 5
    form.let_decide("learning_rate", False)
    form.let_decide("epochs", True)
    assert form.spec().automatic == ("epochs",)
    form.turn(None)
    assert form.dial is None


def test_providers_take_whole_passes_only(form: FineTuneForm) -> None:
    form.set_hyperparameter(FIELDS["epochs"], "1.5")
    assert form.problems() == {}
    hosted(form)
    assert form.problems() == {}
    form.let_decide("epochs", False)
    assert form.problems() == {"epochs": "Epochs: Providers take whole numbers from 1 to 50."}


def test_nothing_starts_before_exactly_this_was_agreed_to(form: FineTuneForm) -> None:
    hosted(form)
    assert form.cannot_start == "Agree first to what is sent to api.example.com."
    with pytest.raises(InvalidInput):
        form.start()
    form.agree(True)
    assert form.cannot_start == ""
    form.start()
    assert form.services.training.started[0].agreed == "f" * 64


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.choose(base_model="gpt-large"),
        lambda form: form.choose(version_id="dsv_1"),
        lambda form: form.turn(Effort.QUICK),
        lambda form: form.let_decide("epochs", False),
        lambda form: form.agree_to_leave_out(("ex_1",)),
        lambda form: form.touch(),
    ],
)
def test_any_change_takes_the_agreement_back(form: FineTuneForm, change: Any) -> None:
    hosted(form).agree(True)
    change(form)
    assert form.agreed == ""
    form.make_plan()
    assert "Agree first" in form.cannot_start


def test_training_here_instead_keeps_data_and_name(form: FineTuneForm) -> None:
    hosted(form)
    form.name, form.named_by_user = "Mine", True
    form.train_here()
    form.make_plan()
    spec = form.spec()
    assert (spec.backend, spec.base_model, spec.name) == ("local", "starter", "Mine")
    assert (spec.dataset_version_id, spec.automatic) == ("dsv_1", ())
    assert form.cannot_start == ""


def test_pairs_are_preferred_unless_the_answers_alone_are_wanted(have: Any) -> None:
    have.datasets.kept.append(version(id="dsv_2", number=2, format=DataFormat.PREFERENCE))
    form = FineTuneForm(services=have, project_id="prj_1", version_id="dsv_2")
    form.load()
    form.choose(version_id="dsv_2")
    assert form.spec().objective is Objective.DPO
    assert "beta" in {shown.name for shown in form.fields()}
    form.choose(objective=Objective.SFT)
    assert "beta" not in {shown.name for shown in form.fields()}
    form.choose(version_id="dsv_1")
    assert form.spec().objective is Objective.SFT


def test_a_draft_keeps_the_place_but_never_the_agreement(form: FineTuneForm) -> None:
    hosted(form).agree(True)
    form.let_decide("epochs", False)
    form.method = Method.QLORA
    again = FineTuneForm(services=form.services, project_id="prj_1")
    restore(again, draft(form))
    again.load()
    assert (again.backend, again.base_model, again.agreed) == (THERE, "gpt-small", "")
    assert again.decided == ("learning_rate", "batch_size")
    gone = FineTuneForm(services=services(), project_id="prj_1")
    restore(gone, draft(form))
    gone.load()
    assert (gone.backend, gone.base_model) == ("local", "starter")


def test_the_plan_shows_price_and_bill_and_no_memory_of_ours(form: FineTuneForm) -> None:
    form.make_plan()
    assert form.plan is not None
    assert dict(lines(form.plan))["Provider's price"] == "none: it runs here"
    hosted(form)
    assert form.plan is not None
    assert bars(form.plan) == []
    assert dict(lines(form.plan))["Provider's price"] == "not known"
    priced = form.plan.with_(usd=0.0312, usd_basis="a price", billed_tokens=12_000)
    shown = dict(lines(priced))
    assert shown["Provider's price"] == "0.0312 USD before tax"
    assert shown["Tokens billed"] == "12,000"
    assert dict(lines(priced.with_(usd=12.5)))["Provider's price"] == "12.50 USD before tax"


def test_what_is_sent_is_told_in_full(form: FineTuneForm) -> None:
    hosted(form)
    disclosure = sent()
    assert consent_vm.heading(disclosure) == (
        "90 rows (27 KB) of your examples are sent to api.example.com"
    )
    assert consent_vm.files(disclosure)[0].startswith("train.jsonl: 80 rows, 24 KB (SHA-256 aaa")
    (found,) = consent_vm.findings(disclosure)
    assert (found.title, found.excerpts, found.rows) == (
        *("2 e-mail addresses", "ann…", "Seen in 2 rows."),
    )
    assert form.examples(found.example_ids) == ["Line 1: Question 1", "Line 2: Question 2"]
    clean = disclosure.with_(personal_data=())
    assert consent_vm.scan(clean).startswith("No personal data was seen")
    assert "Nobody has looked" in consent_vm.scan(disclosure.with_(personal_data=None))


def test_a_plan_that_comes_late_does_not_stand_for_what_was_changed_meanwhile(
    form: FineTuneForm,
) -> None:
    plan = form.services.training.plan

    def slow(spec: Any) -> Any:
        form.choose(effort=Effort.QUICK)
        return plan(spec)

    form.services.training.plan = slow
    form.make_plan()
    assert form.plan is None
    form.services.training.plan = plan
    form.make_plan()
    assert form.plan is not None


def test_an_own_price_is_asked_for_only_where_a_list_would_tell_it(form: FineTuneForm) -> None:
    form.make_plan()
    assert not own_price.is_open(form.place, form.plan)
    hosted(form)
    assert own_price.is_open(form.place, form.plan)
    assert form.plan is not None
    assert not own_price.is_open(form.place, form.plan.with_(usd=1.0))
    assert own_price.price_id(form.backend, form.base_model) == (
        "endpoint:openai/gpt-small training"
    )


def test_another_studio_is_told_everything_that_the_dial_says() -> None:
    place = Place(backend="endpoint:big", title="big", sentence="", dialect=Dialect.LADDER)
    assert place.hosted and place.knows_methods
    assert place.automatic(Objective.SFT) == ()
    assert "lora_rank" in place.settable(Objective.SFT)
    assert FIELDS["epochs"].problem_elsewhere("1.5", Dialect.LADDER) == ""
