"""The chapters about the engagement: charter and signatures, checklists, risks."""

from __future__ import annotations

from datetime import date, timedelta

from studio.core.reports import words
from studio.domain.charters import Charter, Residency
from studio.domain.endpoints import PREFIX
from studio.domain.reports import Block, Bullets, Dossier, Pairs, Paragraph, Section, Signature
from studio.domain.reports import Table as TableBlock

RESIDENCY: dict[Residency, str] = {
    Residency.ANYWHERE: "anywhere",
    Residency.REGION: "in the client's own legal region",
    Residency.ON_PREMISES: "on the client's own machines only",
}
PHASES = {"before": "Before tuning", "during": "While tuning", "after": "Afterwards"}
SAFE_LICENCES = frozenset({"apache-2.0", "mit", "bsd-3-clause"})
DAYS_A_MONTH = 30.44


def charter(dossier: Dossier) -> Section:
    """Shows what was agreed, with a line for every signature."""
    c = dossier.charter
    money = c.currency
    rows = (
        ("Client", c.client or words.UNKNOWN),
        ("Objective", c.objective or words.UNKNOWN),
        ("Use case", c.use_case.replace("_", " ")),
        ("Success metric and target", f"{c.metric or words.UNKNOWN}, {words.share(c.target)}"),
        ("Worth of a right answer", words.money(c.success_value, money)),
        ("A wrong answer that is caught costs", words.money(c.escalation_cost, money)),
        ("A wrong answer nobody catches costs", words.money(c.churn_cost, money)),
        ("Share nobody catches", words.share(c.churn_probability)),
        ("Requests a month", _count(c.requests_month)),
        ("Data may be", RESIDENCY[c.residency]),
        ("GDPR / HIPAA", f"{words.yes(c.gdpr)} / {words.yes(c.hipaa)}"),
        ("95 % of answers within", _limit(c)),
        ("Budget", words.money(c.budget, money)),
        ("Deadline", str(c.deadline or words.UNKNOWN)),
        ("Horizon", f"{c.horizon_months} months"),
    )
    state = "signed" if c.signed else "draft, not signed"
    blocks: list[Block] = [
        Paragraph(text=f"Charter version {c.number}, {state}."),
        Pairs(rows=rows),
    ]
    if c.stakeholders:
        people = tuple((person.name, person.role or "–") for person in c.stakeholders)
        blocks.append(TableBlock(caption="Stakeholders", head=("Name", "Role"), rows=people))
    return Section(id="charter", title="Charter", blocks=tuple(blocks))


def sign_off(dossier: Dossier) -> Section:
    """Gives a place to sign for the client and everybody who has a say."""
    signed = dossier.charter.signed
    lines: list[Block] = [
        Paragraph(
            text="By signing, the parties agree to the charter, have seen the measured results and "
            "the list of what was not verified, and accept the decision."
        )
    ]
    if signed:
        on = signed.at.date().isoformat()
        lines.append(Signature(role=signed.role or "Signed", name=signed.name, date=on))
    lines += [
        Signature(role=person.role or "Stakeholder", name=person.name)
        for person in dossier.charter.stakeholders
        if signed is None or person.name != signed.name
    ]
    lines.append(Signature(role="Consultant"))
    return Section(id="sign-off", title="Sign-off", blocks=tuple(lines))


def checklists(dossier: Dossier) -> Section:
    """Shows the checklists with who or what ticked each point."""
    blocks: list[Block] = []
    for phase, title in PHASES.items():
        items = [item for item in dossier.checklist if item.phase == phase]
        if not items:
            continue
        blocks.append(Paragraph(text=f"{title}: {sum(i.done for i in items)} of {len(items)}."))
        blocks.append(
            Bullets(
                items=tuple(i.text + (f" – {i.evidence}" if i.evidence else "") for i in items),
                marks=tuple(i.done for i in items),
            )
        )
    if not blocks:
        blocks.append(Paragraph(text="No checklist was begun."))
    return Section(id="checklists", title="Checklists", blocks=tuple(blocks))


def risks(dossier: Dossier) -> Section:
    """Names what may go wrong: provider's end, licence, data, personal data, old prices."""
    found = [*_ends(dossier), *_licences(dossier), *_data(dossier), *_prices(dossier)]
    if not found:
        found = [("None found", "Nothing the studio looks for applies; that is no proof.", "–")]
    table = TableBlock(
        caption="Risks the studio looked for and found",
        head=("Risk", "What it means here", "What to do"),
        rows=tuple(found),
    )
    return Section(id="risks", title="Risks", blocks=(table,))


def _count(value: int | None) -> str:
    return words.UNKNOWN if value is None else f"{value:,}"


def _limit(c: Charter) -> str:
    return words.UNKNOWN if c.p95_ms is None else f"{c.p95_ms:,} ms"


def _ends(dossier: Dossier) -> list[tuple[str, str, str]]:
    horizon = dossier.made_at.date() + timedelta(days=dossier.charter.horizon_months * DAYS_A_MONTH)
    ending: dict[str, date] = {}
    for price in dossier.prices:
        if price.shutdown_date is not None and price.shutdown_date <= horizon:
            known = ending.get(price.provider, price.shutdown_date)
            ending[price.provider] = min(known, price.shutdown_date)
    return [
        (
            f"{provider} ends",
            f"The first of its models or services used here ends on {last}, within the horizon.",
            "Choose another backend, or plan the move now.",
        )
        for provider, last in sorted(ending.items(), key=lambda item: item[1])
    ]


def _licences(dossier: Dossier) -> list[tuple[str, str, str]]:
    refused = dossier.verdict.facts.licence_ok is False
    told = [
        (
            "A licence forbids this use",
            "Somebody has said that the licences of model or data do not allow it.",
            "Take another model or other data, or have the use allowed in writing.",
        )
    ]
    unread = [
        (
            f"Licence of {base.name}",
            f"It is {base.licence}.",
            "Have somebody check that it allows this use.",
        )
        for base in dossier.bases
        if base.licence.lower() not in SAFE_LICENCES
    ]
    return [*(told if refused else ()), *unread]


def _data(dossier: Dossier) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    c, facts = dossier.charter, dossier.verdict.facts
    outside = sorted(
        {run.model_name for run in dossier.runs if run.setup.model_id.startswith(PREFIX)}
    )
    if outside:
        found.append(
            (
                "Examples were sent to a server",
                f"Measured with {', '.join(outside)}.",
                "Check the processing agreement with its operator.",
            )
        )
    if c.residency is Residency.ON_PREMISES and outside:
        found.append(
            (
                "Charter says on-premises",
                "Yet a model behind an endpoint was measured.",
                "Leave that arm out, or change the charter.",
            )
        )
    if facts.pii_in_data:
        found.append(
            (
                "Personal data in the examples",
                "A tuned model can repeat what it was trained on.",
                "Replace personal data by placeholders before tuning.",
            )
        )
    if facts.pii_in_data is None and (c.gdpr or c.hipaa):
        found.append(
            (
                "Personal data not looked for",
                "The charter names GDPR or HIPAA, and nobody has said whether the data holds any.",
                "Check the examples before they are trained on.",
            )
        )
    if 0 < dossier.suite_size < 100:
        found.append(
            (
                "Few examples",
                f"{dossier.suite_size} examples leave wide intervals.",
                "Add examples to the suite.",
            )
        )
    return found


def _prices(dossier: Dossier) -> list[tuple[str, str, str]]:
    old = sum(price.stale for price in dossier.prices)
    if not old:
        return []
    return [
        (
            "Old prices",
            f"{old} of {len(dossier.prices)} prices are older than 90 days or undated.",
            "Put in today's prices; each can be edited.",
        )
    ]
