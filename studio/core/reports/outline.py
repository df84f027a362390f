"""Outline: the chapters of the report in the order a client reads them."""

from __future__ import annotations

from studio.core.reports import agreement, appendix, business, evidence
from studio.domain.reports import Dossier, Report

CHAPTERS = (
    evidence.decision,
    evidence.ladder,
    evidence.failures,
    business.business,
    agreement.risks,
    evidence.rules,
    business.assumptions,
    agreement.charter,
    agreement.checklists,
    appendix.model_card,
    appendix.not_verified,
    appendix.reproducibility,
    agreement.sign_off,
)


def outlined(dossier: Dossier) -> Report:
    """Returns the report on everything that was gathered."""
    client = dossier.charter.client or dossier.project.name
    return Report(
        project_id=dossier.project.id,
        title=f"How far up the ladder: {client}",
        subtitle=dossier.charter.objective or dossier.project.description,
        made_at=dossier.made_at,
        footer=f"{dossier.project.name} · charter version {dossier.charter.number} · "
        f"{dossier.made_at:%Y-%m-%d}",
        sections=tuple(chapter(dossier) for chapter in CHAPTERS),
    )
