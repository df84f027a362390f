"""studio deployments: a name made, another revision put behind it, taken back, and looked up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("studio")) as studio:
        studio.services.models.pull(STARTER)
        yield studio


def test_a_deployment_goes_through_its_life(studio: CliStudio) -> None:
    made = studio.data("deployments", "create", "router", STARTER, "--as", "ann")
    assert made["slots"]["champion"]["number"] == 1 and made["changes"] == 1
    assert "link" not in made and "salt" not in made
    tried = studio.data("deployments", "candidate", "router", STARTER, "--share", "0.1")
    assert tried["slots"]["candidate"]["number"] == 2 and tried["share"] == 0.1
    assert studio.data("deployments", "split", "router", "0.5")["share"] == 0.5
    promoted = studio.data("deployments", "promote", "router", "--why", "It is better.")
    assert promoted["slots"]["champion"]["number"] == 2
    assert promoted["slots"]["previous"]["number"] == 1 and promoted["share"] == 0
    assert studio.data("deployments", "anchor", "router", "2")["slots"]["anchor"]["number"] == 2
    back = studio.data("deployments", "rollback", "router", "--why", "It was not.")
    assert back["slots"]["champion"]["number"] == 1 and "previous" not in back["slots"]
    rows = studio.data("deployments", "ledger", "router")
    assert [row["action"] for row in rows][-1] == "rollback"
    assert rows[0]["actor"] == "ann" and rows[3]["reason"] == "It is better."
    assert studio.data("deployments", "verify", "router")["first_broken"] is None


def test_people_read_tables(studio: CliStudio) -> None:
    studio.data("deployments", "create", "letters", STARTER)
    assert "letters" in studio.run("deployments", "list").stdout
    shown = studio.run("deployments", "show", "letters")
    assert "anchor" in shown.stdout and "champion" in shown.stdout
    assert "- → 1" in studio.run("deployments", "ledger", "letters").stdout
    verified = studio.run("deployments", "verify", "letters").stdout
    assert verified == "Every row is as it was written; there are 1.\n"


def test_a_shadow_gets_no_share(studio: CliStudio) -> None:
    studio.data("deployments", "create", "mail", STARTER)
    told = studio.data("deployments", "candidate", "mail", STARTER, "--shadow")
    assert told["slots"]["shadow"]["number"] == 2 and told["share"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("show", "gone"),
        ("create", "Not A Name", STARTER),
        ("create", "fresh", "no-such-model"),
        ("create", STARTER, STARTER),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(studio: CliStudio, words: tuple[str, ...]) -> None:
    done = studio.run("deployments", *words)
    assert done.exit_code != 0 and done.stderr.strip()


def test_a_ledger_that_was_tampered_with_ends_with_1(studio: CliStudio) -> None:
    studio.data("deployments", "create", "forged", STARTER)
    forged = "UPDATE deployment_ledger SET reason = 'another' WHERE deployment_id = ?"
    id = studio.services.deployments.named("forged").id
    with studio.database.write() as cursor:
        cursor.execute(forged, [id])
    done = studio.run("deployments", "verify", "forged")
    assert done.exit_code == 1 and "Row 1" in done.stdout


def test_a_page_for_people_is_opened_and_closed_and_learning_forbidden(studio: CliStudio) -> None:
    studio.data("deployments", "create", "office", STARTER)
    path = studio.run("deployments", "open", "office").stdout.strip()
    assert path == f"/f/{studio.services.deployments.named('office').link}"
    assert studio.data("deployments", "open", "office")["path"] not in (path, "/f/")
    assert studio.data("deployments", "close", "office")["path"] is None
    assert studio.services.deployments.named("office").link == ""
    changed = studio.data("deployments", "change", "office", "--no-learn", "--description", "Mail")
    assert (changed["may_train"], changed["description"]) == (False, "Mail")
    told = studio.run("deployments", "change", "office", "--learn").stdout
    assert told == "What is sent to office may be learnt from.\n"
    assert studio.services.deployments.named("office").description == "Mail"
