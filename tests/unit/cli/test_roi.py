"""studio prices and studio roi, spoken to a running studio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import ERROR, OK
from tests.fakes.cli_studio import CliStudio, cli_studio

LUNA = "inference-api/openai/gpt-6-luna-input/1m-tokens"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path / "data") as studio:
        studio.services.projects.create(name="Acme")
        yield studio


def test_prices_are_listed_by_kind_age_and_text(studio: CliStudio) -> None:
    listed = studio.data("prices", "list", "--kind", "gpu_on_demand", "--find", "L40S", "--old")
    assert len(listed) == 3
    assert all(price["stale"] and price["source"] for price in listed)
    shown = studio.run("prices", "list", "--find", "l40s")
    assert shown.exit_code == OK
    assert "1.861" in shown.stdout and "check them" in shown.stderr


def test_a_price_is_put_in_and_taken_back(studio: CliStudio) -> None:
    put_in = studio.data("prices", "override", LUNA, "0.08")
    assert (put_in["usd"], put_in["original_usd"]) == ("0.08", "0.1")
    assert "own" in studio.run("prices", "list", "--find", "gpt-6-luna").stdout
    assert studio.data("prices", "reset", LUNA)["usd"] == "0.1"


def test_what_is_no_price_is_refused_with_a_hint(studio: CliStudio) -> None:
    for words in (("override", LUNA, "cheap"), ("override", "nothing", "1"), ("reset", "nothing")):
        refused = studio.run("prices", *words)
        assert refused.exit_code == ERROR
        assert "What to do" in refused.stderr


def test_the_case_shows_all_arms_and_the_best(studio: CliStudio) -> None:
    shown = studio.run("roi", "show", "--project", "Acme", "--assumptions")
    assert shown.exit_code == OK, shown.stderr
    for words in ("Stay as it is", "Prompt gpt-6-luna", "Retrieval", "Fine-tune", "loss in"):
        assert words in shown.stdout
    assert "requests.month" in shown.stdout and "judgement" in shown.stdout
    assert "! Nobody has said" in shown.stderr


def test_figures_put_in_are_kept_for_the_project(studio: CliStudio) -> None:
    given = ("--set", "requests.month=40000", "--set", "prompt.score=0.95", "--source", "pilot")
    case = studio.data("roi", "show", "--project", "Acme", *given)
    assert case["requests_month"] == 40_000
    again = studio.data("roi", "show", "--project", "Acme")
    edited = {row["key"]: row for row in again["assumptions"] if row["edited"]}
    assert edited.keys() == {"requests.month", "prompt.score"}
    assert edited["prompt.score"]["source"] == "pilot"
    back = studio.data("roi", "show", "--project", "Acme", "--unset", "requests.month")
    assert back["requests_month"] != 40_000


def test_a_figure_carries_its_range_and_who_stands_for_it(studio: CliStudio) -> None:
    given = ("--set", "requests.month=40000:30000:60000", "--source", "tickets", "--owner", "Ada")
    case = studio.data("roi", "show", "--project", "Acme", *given)
    (row,) = (one for one in case["assumptions"] if one["edited"])
    assert (row["value"], row["low"], row["high"]) == (40_000, 30_000, 60_000)
    shown = studio.run("roi", "show", "--project", "Acme", "--assumptions").stdout
    assert "tickets (Ada)" in shown
    assert "IRR a month" in shown and "ROI" in shown


def test_what_is_no_assumption_is_refused_with_a_hint(studio: CliStudio) -> None:
    for wrong in (
        "requests.month",
        "requests.month=many",
        "request.month=5",
        "requests.month=5:1",
        "requests.month=5:6:7",
    ):
        refused = studio.run("roi", "show", "--project", "Acme", "--set", wrong)
        assert refused.exit_code == ERROR
        assert "What to do" in refused.stderr
