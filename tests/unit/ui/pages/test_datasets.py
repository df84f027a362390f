"""What the dataset pages decide."""

import pytest

from studio.domain.datasets import Balance, DataFormat, RefusedRow, Split
from studio.domain.errors import InvalidDataset, InvalidInput, NotFound
from studio.ui.pages.datasets.vm import (
    DatasetList,
    VersionPage,
    balance_rows,
    balance_sentence,
    file_stem,
    refused_csv,
    splits,
)
from studio.ui.pages.datasets.wizard_vm import ImportWizard, Step, stem
from tests.fakes.page_services import services
from tests.fakes.page_values import version


@pytest.fixture
def wizard() -> ImportWizard:
    wizard = ImportWizard(services=services(), project_id="prj_1")
    wizard.load()
    wizard.take("src_1", "my_tickets.csv.gz")
    return wizard


def test_a_list_shows_each_dataset_with_its_newest_version_first() -> None:
    have = services()
    have.datasets.kept.append(version(id="dsv_2", number=2))
    page = DatasetList(services=have, project_id="prj_1")
    page.load()
    assert [made.number for made in page.rows[0].versions] == [2, 1]
    assert page.rows[0].newest == page.rows[0].versions[0]


def test_a_version_page_says_where_the_version_comes_from() -> None:
    page = VersionPage(services=services(), version_id="dsv_1")
    page.load()
    facts = dict(page.facts())
    assert page.title == "Tickets, version 1"
    assert facts["Answer column"] == "label"
    assert facts["Left out"] == "2 rows"
    assert page.export_name == "Tickets-v1.jsonl"


def test_splits_are_shown_in_fixed_order_with_their_share() -> None:
    shown = splits({Split.TEST: 10, Split.TRAIN: 80, Split.VALIDATION: 10})
    assert shown == [("Training", 80, "80 %"), ("Validation", 10, "10 %"), ("Test", 10, "10 %")]


def test_rare_labels_are_flagged_in_words_and_in_rows() -> None:
    balance = services().datasets.labels
    assert [row["rare"] for row in balance_rows(balance)] == [False, True]
    assert "1 is rare" in balance_sentence(balance)
    assert "free text" in balance_sentence(Balance(closed=False))


def test_refused_rows_cannot_run_as_formulas_in_a_spreadsheet() -> None:
    text = refused_csv([RefusedRow(line=3, reason="Empty.", excerpt="=1+1")]).decode("utf-8-sig")
    assert "3,Empty.,'=1+1" in text


def test_a_file_name_never_leaves_its_folder() -> None:
    assert file_stem("../../etc/pass wd") == "etc-pass-wd"
    assert file_stem("///") == "dataset"


@pytest.mark.parametrize(
    ("filename", "name"),
    [("a_b.csv", "a b"), ("C:\\data\\x.jsonl.gz", "x"), (".gz", ".gz"), ("notes.txt", "notes.txt")],
)
def test_a_dataset_is_named_after_its_file(filename: str, name: str) -> None:
    assert stem(filename) == name


def test_a_readable_file_leads_to_the_second_step(wizard: ImportWizard) -> None:
    assert wizard.step is Step.CHECK
    assert wizard.name == "my tickets"
    assert wizard.shown_format is DataFormat.COLUMNS
    assert wizard.cannot_go_on == ""


def test_an_unreadable_file_stays_at_the_first_step_with_the_reason() -> None:
    wizard = ImportWizard(services=services(), project_id="prj_1")
    wizard.services.datasets.failure = InvalidDataset("The file is empty.")
    wizard.take("src_1", "x.csv")
    assert wizard.step is Step.FILE
    assert wizard.problem is not None
    assert wizard.problem.message == "The file is empty."


def test_a_chosen_column_is_looked_at_again(wizard: ImportWizard) -> None:
    wizard.choose_column("answer", "note")
    wizard.look()
    assert wizard.services.datasets.previewed[-1]["mapping"].answer == "note"
    assert wizard.services.datasets.previewed[-1]["mapping"].prompt == "text"


def test_the_same_column_cannot_be_question_and_answer(wizard: ImportWizard) -> None:
    wizard.choose_column("answer", "text")
    looked = len(wizard.services.datasets.previewed)
    wizard.look()
    assert len(wizard.services.datasets.previewed) == looked
    assert "same column" in wizard.cannot_go_on


def test_a_look_that_fails_keeps_the_wizard_from_going_on(wizard: ImportWizard) -> None:
    wizard.services.datasets.failure = InvalidDataset("No column is called so.")
    wizard.choose_format(DataFormat.CHAT)
    wizard.look()
    assert wizard.cannot_go_on == "No column is called so."


def test_refused_rows_are_left_out_only_when_the_user_says_so(wizard: ImportWizard) -> None:
    assert wizard.agreement == "Leave out 1 row listed below"
    assert "1 row" in wizard.cannot_import
    with pytest.raises(InvalidInput):
        wizard.create()
    wizard.agreed = True
    wizard.create()
    assert wizard.services.datasets.created["accept_refused"] is True


def test_looking_again_takes_the_agreement_back(wizard: ImportWizard) -> None:
    wizard.agreed = True
    wizard.look()
    assert wizard.agreed is False


def test_the_last_button_says_what_will_happen(wizard: ImportWizard) -> None:
    assert wizard.primary_label == "Import 100 examples"
    assert wizard.outcome == "Makes a new dataset, version 1."
    wizard.name = "Tickets"
    assert "version 2" in wizard.outcome


def test_an_import_goes_on_after_a_reload(wizard: ImportWizard) -> None:
    wizard.choose_column("answer", "note")
    wizard.system_prompt, wizard.held_out, wizard.step = "Be brief.", True, Step.CONFIRM
    again = ImportWizard(services=wizard.services, project_id="prj_1")
    assert again.restore(wizard.draft())
    again.look()
    assert again.draft() == wizard.draft()
    assert again.step is Step.CONFIRM


def test_an_import_whose_file_is_gone_begins_anew(wizard: ImportWizard) -> None:
    again = ImportWizard(services=wizard.services, project_id="prj_1")
    again.restore(wizard.draft())
    wizard.services.datasets.failure = NotFound("The file is gone.")
    again.look()
    assert again.step is Step.FILE
    assert not again.restore({})


def test_a_file_without_one_usable_row_cannot_be_imported(wizard: ImportWizard) -> None:
    wizard.services.datasets.n_examples = 0
    wizard.look()
    assert "No row" in wizard.cannot_import
