"""Charter, signatures, checklists and risks as the client gets them."""

from __future__ import annotations

from datetime import date

from studio.core.reports import agreement
from studio.domain.advice import Facts
from studio.domain.charters import Residency
from studio.domain.ladder import Rung, RungSetup
from studio.domain.models import BaseModel, ModelFacts, ModelSource
from studio.domain.reports import Bullets, Pairs, Section, Signature, Table
from tests.unit.core.reports.dossiers import NOW, dossier, price, run, signed


def pairs(section: Section) -> dict[str, str]:
    return dict(next(b for b in section.blocks if isinstance(b, Pairs)).rows)


def risks(**changes: object) -> list[str]:
    (block,) = agreement.risks(dossier(**changes)).blocks
    assert isinstance(block, Table)
    return [row[0] for row in block.rows]


def test_what_the_charter_leaves_open_is_unknown() -> None:
    rows = pairs(agreement.charter(dossier()))
    assert rows["Worth of a right answer"] == "2.50 USD"
    assert rows["Requests a month"] == rows["Budget"] == rows["95 % of answers within"] == "unknown"


def test_there_is_a_line_to_sign_for_everybody() -> None:
    lines = [b for b in agreement.sign_off(dossier()).blocks if isinstance(b, Signature)]
    assert [(line.role, line.name) for line in lines] == [("Post room", "Ada"), ("Consultant", "")]


def test_a_signature_given_carries_its_date_and_is_not_asked_for_again() -> None:
    lines = [
        b
        for b in agreement.sign_off(dossier(charter=signed("Ada"))).blocks
        if isinstance(b, Signature)
    ]
    assert [(line.name, line.date) for line in lines] == [("Ada", "2026-11-24"), ("", "")]


def test_checklists_keep_their_ticks() -> None:
    marks = [b.marks for b in agreement.checklists(dossier()).blocks if isinstance(b, Bullets)]
    assert marks == [(True,), (False,)]


def test_a_provider_that_ends_within_the_horizon_is_a_risk() -> None:
    assert "OpenAI ends" in risks()
    assert "OpenAI ends" not in risks(prices=(price(shutdown_date=date(2031, 1, 1)),))


def test_old_prices_few_examples_and_unchecked_personal_data_are_risks() -> None:
    charter = dossier().charter.with_(gdpr=True)
    found = risks(charter=charter)
    assert {"Old prices", "Few examples", "Personal data not looked for"} <= set(found)


def test_sending_examples_away_against_the_charter_is_a_risk() -> None:
    sent = run(
        Rung.PROMPT, 0.9, "sent", setup=RungSetup(rung=Rung.PROMPT, model_id="endpoint:x/gpt")
    )
    charter = dossier().charter.with_(residency=Residency.ON_PREMISES)
    found = risks(runs=(sent,), charter=charter)
    assert {"Examples were sent to a server", "Charter says on-premises"} <= set(found)


def test_a_licence_nobody_has_read_is_a_risk() -> None:
    facts = ModelFacts(
        architecture="LlamaForCausalLM",
        parameters=1,
        hidden_size=1,
        layers=1,
        heads=1,
        kv_heads=1,
        head_dim=1,
        intermediate_size=1,
        vocabulary=1,
        tied_embeddings=True,
        context_length=1,
        has_chat_template=True,
    )
    base = BaseModel(
        id="m",
        name="Some/Model",
        source=ModelSource.HUB,
        revision="1",
        path="/nowhere",
        licence="unknown",
        facts=facts,
        manifest_sha256="0",
        created_at=NOW,
    )
    assert "Licence of Some/Model" in risks(bases=(base,))
    assert "Licence of Some/Model" not in risks(bases=(base.with_(licence="apache-2.0"),))


def test_a_licence_that_forbids_the_use_is_a_risk() -> None:
    forbidden = dossier().verdict.with_(facts=Facts(licence_ok=False))
    assert "A licence forbids this use" in risks(verdict=forbidden)
    allowed = dossier().verdict.with_(facts=Facts(licence_ok=True))
    assert "A licence forbids this use" not in risks(verdict=allowed)


def test_nothing_found_is_no_proof() -> None:
    (block,) = agreement.risks(dossier(prices=(), suite_size=500)).blocks
    assert isinstance(block, Table)
    assert "no proof" in block.rows[0][1]
