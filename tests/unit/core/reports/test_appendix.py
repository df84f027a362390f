"""Whoever checks finds versions, hashes, commands, and what nobody has verified."""

from __future__ import annotations

from studio.core.reports import appendix
from studio.domain.models import ModelVersion
from studio.domain.reports import Bullets, Code, Pairs, Paragraph
from tests.unit.core.reports.dossiers import NOW, dossier, signed

VERSION = ModelVersion(
    id="model_1",
    project_id="project_1",
    name="Post v1",
    base_model="smol",
    job_id="job_1",
    dataset_version_id="version_1",
    path="/nowhere",
    method="lora",
    manifest_sha256="abc",
    validation_loss=None,
    created_at=NOW,
)


def test_commands_quote_the_projects_name_for_the_shell() -> None:
    codes = [b.text for b in appendix.reproducibility(dossier()).blocks if isinstance(b, Code)]
    assert "studio report --project 'Quern'\\''s post'" in codes[-1]


def test_every_prompt_that_was_used_is_printed() -> None:
    codes = [b.text for b in appendix.reproducibility(dossier()).blocks if isinstance(b, Code)]
    assert "Name the desk." in codes


def test_priors_and_missing_signatures_are_not_verified() -> None:
    (block,) = appendix.not_verified(dossier()).blocks
    assert isinstance(block, Bullets)
    assert block.items[0] == "Live traffic."
    assert any("priors" in item for item in block.items)
    assert "The charter has not been signed." in block.items
    (block,) = appendix.not_verified(dossier(charter=signed("Ada"))).blocks
    assert isinstance(block, Bullets)
    assert "The charter has not been signed." not in block.items


def test_a_model_card_tells_what_is_unknown() -> None:
    (card,) = appendix.model_card(dossier(tuned=(VERSION,))).blocks
    assert isinstance(card, Pairs)
    rows = dict(card.rows)
    assert rows["Validation loss"] == "unknown"
    assert rows["Measured"] == "not measured"


def test_without_a_tuned_model_there_is_no_card() -> None:
    (block,) = appendix.model_card(dossier()).blocks
    assert isinstance(block, Paragraph)
