"""Writes docs/reference/metrics.md: `/metrics`, OpenTelemetry and alerts, from the code."""

from __future__ import annotations

from backends.otel import names
from studio.services.alert_letters import SIGNATURE
from studio.services.alerts import FIRST_WAIT, SMTP_PASSWORD, TRIES, WEBHOOK_SECRET
from studio.services.hearing import EVENTS, TEST, TESTED
from studio.services.metric_names import DURATIONS, METRICS, NOT_TOLD
from studio.services.telemetry import ADDRESSES

WRITTEN_BY = "<!-- Written by `python -m tests.architecture.reference`; a test compares. -->"


def metrics() -> str:
    """Returns what `/metrics` tells and what is sent over OpenTelemetry, from the code."""
    lines = [
        "# Metrics",
        "",
        WRITTEN_BY,
        "",
        "`GET /metrics` tells the state of every deployment in Prometheus' text format. Programs on"
        " this machine need no key, unless Settings ask for one; others send a key of scope `read`"
        " as `Authorization: Bearer ls-…` and are told of its project only. `task` is the name of a"
        " deployment, `model_version` the number of its revision. No label names a user, a question"
        " or a session. What is not known is absent, not 0. Counters are sums of what is kept, so a"
        " restart does not reset them.",
        "",
        "```yaml",
        "scrape_configs:",
        "  - job_name: ladder-studio",
        "    authorization: {credentials: ls-...}",
        "    static_configs: [{targets: ['127.0.0.1:8080']}]",
        "```",
        "",
        "| name | kind | labels | meaning |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {one.kind} | {_listed(*one.labels)} | {one.meaning} |"
            for name, one in METRICS.items()
        ),
        "",
        f"Buckets of the histogram end at {', '.join(f'{edge:g}' for edge in DURATIONS)} seconds.",
        "Not told: "
        + "; ".join(f"`{name}`, because {why}" for name, why in NOT_TOLD.items())
        + ".",
    ]
    return "\n".join([*lines, *_telemetry(), *_alerts()]) + "\n"


def _telemetry() -> list[str]:
    return [
        "",
        "## OpenTelemetry",
        "",
        f"Off unless `{ADDRESSES[0]}` is set when the studio starts and the extra `otel` is"
        " installed (`pip install 'ladder-studio[otel]'`). Then numbers go to that collector over"
        " OTLP/HTTP, every few seconds and beside the work, under the names of the semantic"
        " conventions for generative AI; those are still in development. No question, answer,"
        " comment or rater is ever sent. All variables `OTEL_EXPORTER_OTLP_…` of the library work.",
        "",
        "| name | kind | attributes |",
        "|---|---|---|",
        f"| `{names.DURATION}` | histogram, seconds | {_listed(*_ANSWER, names.ERROR_TYPE)} |",
        f"| `{names.TOKEN_USAGE}` | histogram, tokens | {_listed(*_ANSWER, names.TOKEN_TYPE)} |",
        f"| `{names.EVALUATION}` | event, for each thumb and each check of a gate |"
        f" {_listed(*_JUDGED)} |",
        "",
        f"`{names.REQUEST_MODEL}` is the deployment's name. `{names.EXPLANATION}` is the sentence"
        " of a gate's check; checks of slices have none, because slices are named in the client's"
        " words.",
    ]


_ANSWER = (names.OPERATION_NAME, names.PROVIDER_NAME, names.REQUEST_MODEL, names.RESPONSE_MODEL)
_JUDGED = (
    names.EVALUATION_NAME,
    names.SCORE_LABEL,
    names.SCORE_VALUE,
    names.RESPONSE_ID,
    names.EXPLANATION,
)


def _alerts() -> list[str]:
    return [
        "",
        "## Alerts",
        "",
        "Webhooks and e-mails, set up under Settings or with `studio alerts add`. Both show exactly"
        " what will be sent before anything is (`--show`). A message lies in the studio's database"
        f" until it was taken: {TRIES} tries, the second after {FIRST_WAIT:g} seconds, each wait"
        " twice the one before. It is told at least once; one that comes twice has the same `id`."
        " A status of 4xx other than 408, 425 and 429, and any redirect, is final.",
        "",
        "A webhook is a POST of JSON with `id`, `event`, `deployment`, `sentence`, `details` and"
        f" `created_at`. Once `{WEBHOOK_SECRET}` is set, in the keyring or the environment,"
        f" `{SIGNATURE}` is `sha256=` and the HMAC-SHA256 of the body with it, in hexadecimal:",
        "",
        "```python",
        'expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()',
        f'genuine = hmac.compare_digest(expected, headers["{SIGNATURE}"])',
        "```",
        "",
        "E-mail goes through the server in `LADDER_SMTP_HOST` (`LADDER_SMTP_PORT`, 587 when left"
        f" out; `LADDER_SMTP_USER`; `LADDER_SMTP_FROM`), with the password in `{SMTP_PASSWORD}`;"
        " encrypted, unless the server is on this machine.",
        "",
        "| event | when |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in (EVENTS | {TEST: TESTED}).items()),
    ]


def _listed(*said: str) -> str:
    return ", ".join(f"`{name}`" for name in said)
