"""What the fine-tune form and the table of runs decide."""

import pytest

from studio.domain.errors import DoesNotFit, InvalidInput
from studio.domain.jobs import JobStatus
from studio.domain.training import Blocker, Effort, Hyperparameters, Method
from studio.ui.pages.fine_tune.drafts import draft, restore
from studio.ui.pages.fine_tune.fields import HyperparameterField, hyperparameter_fields
from studio.ui.pages.fine_tune.jobs_vm import JobList
from studio.ui.pages.fine_tune.plan_vm import bars, lines
from studio.ui.pages.fine_tune.vm import FineTuneForm
from tests.fakes.page_services import services
from tests.fakes.page_values import job, model_version, run

FIELDS = {shown.name: shown for shown in hyperparameter_fields()}


@pytest.fixture
def form() -> FineTuneForm:
    form = FineTuneForm(services=services(), project_id="prj_1")
    form.load()
    return form


def test_every_hyperparameter_has_a_control_with_its_sentence() -> None:
    assert list(FIELDS) == list(Hyperparameters.model_fields)
    assert all(shown.sentence for shown in FIELDS.values())
    assert FIELDS["schedule"].choices == ("cosine", "linear", "constant")
    assert FIELDS["lora_rank"].limits == "1 to 256"
    assert FIELDS["lora_dropout"].limits == "0 or more, below 1"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("epochs", "3,5", ""),
        ("epochs", "many", "Give a number."),
        ("batch_size", "2.5", "Give a whole number."),
        ("batch_size", "0", "Allowed: 1 to 1,024."),
        ("lora_dropout", "1", "Allowed: 0 or more, below 1."),
        ("learning_rate", "inf", "Give a number."),
        ("schedule", "zigzag", "Not acceptable."),
    ],
)
def test_an_entry_is_checked_as_the_spec_would(name: str, text: str, problem: str) -> None:
    shown: HyperparameterField = FIELDS[name]
    assert shown.problem(text) == problem


def test_the_form_opens_filled_in_and_ready_to_plan(form: FineTuneForm) -> None:
    assert form.problems() == {}
    assert form.name == "Tickets tuned"
    assert form.spec().base_model == "starter"


def test_a_name_in_use_is_not_proposed_again() -> None:
    have = services()
    have.models.tuned.append(model_version())
    form = FineTuneForm(services=have, project_id="prj_1")
    form.load()
    assert form.name == "Tickets tuned 2"


def test_the_dial_sets_what_the_user_left_alone(form: FineTuneForm) -> None:
    form.set_hyperparameter(FIELDS["lora_rank"], "32")
    form.choose(effort=Effort.THOROUGH)
    form.recommend()
    spec = form.spec()
    assert (spec.hyperparameters.epochs, spec.hyperparameters.lora_rank) == (5, 32)
    assert spec.effort is Effort.THOROUGH


def test_an_entry_equal_to_the_recommendation_is_no_override(form: FineTuneForm) -> None:
    form.set_hyperparameter(FIELDS["lora_rank"], "32")
    form.set_hyperparameter(FIELDS["lora_rank"], "16")
    assert form.overrides == {}


def test_a_bad_entry_stops_the_start_and_says_why(form: FineTuneForm) -> None:
    assert form.set_hyperparameter(FIELDS["epochs"], "-1")
    form.make_plan()
    assert form.plan is None
    assert form.cannot_start.startswith("Epochs:")
    with pytest.raises(InvalidInput):
        form.start()


def test_a_blocker_stops_the_start_and_says_why(form: FineTuneForm) -> None:
    form.services.training.blockers = (Blocker(what="Too little memory.", remedy="Take QLoRA."),)
    form.make_plan()
    assert form.cannot_start == "Too little memory."


def test_rows_that_are_too_long_are_left_out_only_when_agreed(form: FineTuneForm) -> None:
    long = Blocker(what="2 rows are too long.", remedy="Leave them out.", example_ids=("a", "b"))
    form.services.training.blockers = (long,)
    form.make_plan()
    assert form.cannot_start == "2 rows are too long."
    form.agree_to_leave_out(long.example_ids)
    form.make_plan()
    assert form.cannot_start == ""
    form.start()
    assert form.services.training.started[0].leave_out == ("a", "b")


def test_other_data_asks_about_long_rows_anew(form: FineTuneForm) -> None:
    form.agree_to_leave_out(("a",))
    form.choose(method=Method.QLORA)
    assert form.leave_out == ()


def test_a_plan_that_fails_stops_the_start_with_its_reason(form: FineTuneForm) -> None:
    form.services.training.failure = DoesNotFit("No device is there.")
    form.make_plan()
    assert form.cannot_start == "No device is there."


def test_a_draft_survives_and_forgets_what_no_longer_exists(form: FineTuneForm) -> None:
    form.name, form.named_by_user = "Mine", True
    form.choose(method=Method.QLORA)
    form.set_hyperparameter(FIELDS["seed"], "11")
    kept = draft(form)
    again = FineTuneForm(services=services(), project_id="prj_1")
    restore(again, {**kept, "version_id": "gone", "effort": "heroic"})
    again.load()
    assert (again.name, again.method, again.overrides) == ("Mine", Method.QLORA, {"seed": 11})
    assert again.version_id == "dsv_1"
    assert again.effort is Effort.BALANCED


def test_without_data_the_form_says_so() -> None:
    have = services()
    have.datasets.sets = []
    form = FineTuneForm(services=have, project_id="prj_1")
    form.load()
    assert not form.ready
    assert form.cannot_start == "Choose the examples to learn from."


def test_a_plan_shows_what_is_not_known_as_not_known(form: FineTuneForm) -> None:
    form.make_plan()
    assert form.plan is not None
    memory, disk = bars(form.plan)
    assert (memory.verdict, disk.verdict) == ("fits", "not known")
    assert dict(lines(form.plan))["Duration"] == "5 min to 10 min"


def test_the_table_of_runs_shows_progress_score_and_data() -> None:
    have = services()
    have.training.jobs = {
        "job_1": job(JobStatus.RUNNING, step=30, total_steps=60, eta_seconds=125),
        "job_2": job(JobStatus.SUCCEEDED, id="job_2", model_version_id="mv_1"),
    }
    have.evaluation.runs = [run("ev_1", "mv_1", 0.873)]
    table = JobList(services=have, project_id="prj_1")
    table.load()
    rows = {row.job.id: row for row in table.rows}
    assert rows["job_1"].progress == "50 % · step 30 of 60"
    assert rows["job_1"].time_left == "about 2 min left"
    assert rows["job_2"].result == "87.3 % right label"
    assert rows["job_2"].dataset == "Tickets v1"
