"""The questions of the charter as one table: label, why we ask, and what no answer means."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.charters import Residency
from studio.ui.pages.ladder.charter_fields import CharterField
from studio.ui.pages.ladder.words import metric_words

METRIC_CHOICES = {
    "": "Not decided yet",
    **{
        name: f"{metric_words(name).title}: {metric_words(name).sentence}"
        for name in ("accuracy", "exact_match", "contains", "token_f1", "rouge_l")
    },
}
RESIDENCY_CHOICES = {
    Residency.ANYWHERE: "Anywhere",
    Residency.REGION: "In the client's own legal region only",
    Residency.ON_PREMISES: "On the client's own machines only",
}
CURRENCIES = {code: code for code in ("USD", "EUR", "GBP", "CHF")}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Questions that belong together."""

    title: str
    sentence: str
    fields: tuple[CharterField, ...]


GROUPS = (
    Group(
        title="Client and objective",
        sentence="Who asks, and what should be better afterwards.",
        fields=(
            CharterField(
                name="client",
                label="Client",
                why="It stands on the report that you hand over.",
                kind="text",
            ),
            CharterField(
                name="objective",
                label="Objective",
                why="One or two sentences that everybody can later say yes or no to.",
                kind="long",
            ),
        ),
    ),
    Group(
        title="Success",
        sentence="Without a measure of success nothing can be compared.",
        fields=(
            CharterField(
                name="metric",
                label="What counts as a right answer",
                why="Every rung of the ladder is scored by it.",
                unknown="Undecided blocks every rung beyond prompting.",
                kind="choice",
                choices=METRIC_CHOICES,
            ),
            CharterField(
                name="target",
                label="Score at which it is good enough",
                why="Reached by a cheap rung, it ends the climb there.",
                unknown="Empty: unknown, so no rung can be good enough to stop.",
                kind="share",
                suffix="%",
                high=100,
            ),
        ),
    ),
    Group(
        title="What an answer is worth, and what a wrong one costs",
        sentence="From these the studio works out how often an answer must be right to pay.",
        fields=(
            CharterField(
                name="currency",
                label="Currency",
                why="All amounts of this charter are in it.",
                kind="choice",
                choices=CURRENCIES,
            ),
            CharterField(
                name="success_value",
                label="Worth of one right answer",
                why="Usually the minutes of work it saves.",
                unknown="Empty: unknown, and no return can be worked out.",
                kind="money",
            ),
            CharterField(
                name="escalation_cost",
                label="Cost of a mistake that is caught",
                why="The time to notice and to do it over.",
                unknown="Empty: unknown.",
                kind="money",
            ),
            CharterField(
                name="churn_cost",
                label="Cost of a mistake that is missed",
                why="A lost customer, a fine, a wrong treatment.",
                unknown="Empty: unknown.",
                kind="money",
            ),
            CharterField(
                name="churn_probability",
                label="Share of mistakes missed",
                why="How many wrong answers nobody notices in time.",
                unknown="Empty: unknown.",
                kind="share",
                suffix="%",
                high=100,
            ),
        ),
    ),
    Group(
        title="Volume",
        sentence="What is asked of it decides what it costs to run.",
        fields=(
            CharterField(
                name="requests_month",
                label="Requests a month",
                why="Running costs and savings grow with it; fixed costs do not.",
                unknown="Empty: unknown.",
                kind="whole",
            ),
            CharterField(
                name="tokens_in",
                label="Tokens of one request",
                why="A token is about three quarters of a word; providers charge by it.",
                unknown="Empty: taken from your examples.",
                kind="whole",
            ),
            CharterField(
                name="tokens_out",
                label="Tokens of one answer",
                why="Answers cost several times as much a token as requests.",
                unknown="Empty: taken from your examples.",
                kind="whole",
            ),
        ),
    ),
    Group(
        title="Constraints",
        sentence="What must not happen. Each of these can rule a rung or a provider out.",
        fields=(
            CharterField(
                name="gdpr",
                label="Personal data (GDPR)",
                why="Data of people in the EU may leave only under a contract and for a reason.",
                kind="yes_no",
            ),
            CharterField(
                name="hipaa",
                label="Health data (HIPAA)",
                why="In the United States every provider must have signed an agreement (BAA).",
                kind="yes_no",
            ),
            CharterField(
                name="residency",
                label="Where the data may be",
                why="On the client's own machines, hosted models are out.",
                kind="choice",
                choices=dict(RESIDENCY_CHOICES),
            ),
            CharterField(
                name="p95_ms",
                label="Longest wait for an answer",
                why="Nineteen of twenty answers must be there by then.",
                unknown="Empty: no limit is known.",
                kind="whole",
                suffix="ms",
                low=1,
            ),
            CharterField(
                name="budget",
                label="Budget",
                why="What there is to spend before the first month.",
                unknown="Empty: unknown.",
                kind="money",
            ),
            CharterField(
                name="deadline",
                label="Deadline",
                why="Data work takes weeks; training takes hours.",
                unknown="Empty: none is known.",
                kind="date",
            ),
            CharterField(
                name="horizon_months",
                label="Months to count ahead",
                why="A provider that ends before then is ruled out; costs and returns stop there.",
                unknown="Default: 12.",
                kind="whole",
                suffix="months",
                low=1,
                high=120,
            ),
        ),
    ),
)
FIELDS = {field.name: field for group in GROUPS for field in group.fields}
