"""Deviations: every place where `/v1` answers otherwise than OpenAI's specification says, and why.

The test of the answers against the specification allows these and nothing else; the reference
prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

BYTES = {"type": "string", "format": "binary"}
"""An answer that is a file, byte by byte."""
NULL = {"type": "null"}
TEXT = {"type": "string"}


class Deviation(NamedTuple):
    """One difference."""

    where: str
    """A field as `Schema.field.field`, or an operation as `METHOD /path`."""
    what: str
    why: str
    allows: Mapping[str, Any] | None = None
    """JSON schema of what may stand there besides; None for a difference in manners only."""
    may_be_absent: bool = False
    """Whether a field that the specification wants may be missing."""


def _told(kind: str, *fields: str) -> dict[str, Any]:
    """Returns the schema of an object of ours."""
    named: dict[str, Any] = {field: {} for field in fields}
    return {
        "type": "object",
        "required": ["object", *fields],
        "properties": {"object": {"const": kind}, **named},
    }


OURS_ALONE = "What answers is the studio's to change; OpenAI has no deployments."
DEPLOYMENT = _told("deployment", "id", "name", "champion", "candidate", "previous", "share")
EPOCHS = {"type": "number", "exclusiveMinimum": 0, "maximum": 50}
BATCH = {"type": "integer", "minimum": 1, "maximum": 1024}
OURS = "Runs that were started in the studio may have it so, and are told as they are."
AS_THERE = "OpenAI's own answers have the field; the specification leaves it out."
EMPTY = "An empty list has no first and no last, and null says so."

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation("ListFilesResponse.first_id", "It may be null.", EMPTY, NULL),
    Deviation("ListFilesResponse.last_id", "It may be null.", EMPTY, NULL),
    Deviation(
        "OpenAIFile.purpose",
        "`evals` is a purpose too.",
        "OpenAI takes files for it; its list of a file's purposes leaves it out.",
        {"const": "evals"},
    ),
    Deviation(
        "FineTuningJob.status",
        "`paused` is a status too.",
        "OpenAI's own answer to /pause carries it; its list of statuses leaves it out.",
        {"const": "paused"},
    ),
    Deviation(
        "FineTuningJob.user_provided_suffix",
        "It is told what suffix was asked for.",
        "So it is at OpenAI, whose specification leaves it out.",
        {"type": ["string", "null"]},
    ),
    Deviation(
        "FineTuningJob.ladder",
        "The job's id, status, message, place in its steps and all settings in the studio's words.",
        "The wire has no words for most of them.",
        {"type": "object"},
    ),
    *(
        Deviation(f"FineTuningJob.{field}", what, AS_THERE, allows)
        for field, what, allows in (
            ("usage_metrics", "It is there, and null.", NULL),
            ("shared_with_openai", "It is there, and false.", {"const": False}),
        )
    ),
    Deviation(
        "FineTuningJob.hyperparameters.beta",
        "It is told for `dpo` jobs.",
        "All settings of a job stand in one place; at OpenAI they are told for `supervised` only.",
        {"type": "number"},
    ),
    *(
        Deviation(f"{schema}.{field}", what, OURS, allows)
        for schema in (
            "FineTuningJob.hyperparameters",
            "FineTuneSupervisedHyperparameters",
            "FineTuneDPOHyperparameters",
        )
        for field, what, allows in (
            ("n_epochs", "It may be a fraction.", EPOCHS),
            ("batch_size", "It may be up to 1,024.", BATCH),
        )
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "`model` is a base model of this studio; a tuned one is refused.",
        "A run here begins from a base model: train it on both sets of examples together.",
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "Only the methods `supervised` and `dpo` are offered, and no integrations.",
        "Nothing else can be carried out here; figures stay in the studio.",
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "`batch_size` counts answers, not lines.",
        "Each answer of a conversation is an example of its own here, with all turns before it.",
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "A single malformed row fails the job, and so does one longer than the model can read.",
        "Nothing is left out or cut without a word; the error names the lines.",
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "A `learning_rate_multiplier` of 1 is a learning rate of 2e-4.",
        "OpenAI does not say what it multiplies; 2e-4 suits most adapters.",
    ),
    Deviation(
        "POST /fine_tuning/jobs",
        "`ladder` takes what the wire has no words for; an `Idempotency-Key` is honoured.",
        "Adapters have more settings, and a request that is sent twice must not train twice.",
    ),
    Deviation(
        "POST /fine_tuning/jobs/{fine_tuning_job_id}/cancel",
        "The job is `cancelled` at once, though its worker may still be saving a checkpoint.",
        "The wire has no word for stopping.",
    ),
    Deviation(
        "POST /fine_tuning/jobs/{fine_tuning_job_id}/pause",
        "The job is `paused` at once, though its worker may still be saving a checkpoint; so is "
        "one whose worker was killed, with a warning among its events.",
        "The wire has no word for either; both wait for /resume.",
    ),
    Deviation(
        "GET /fine_tuning/jobs/{fine_tuning_job_id}/events",
        "`valid_loss` and `full_valid_loss` are the same, and so are their accuracies.",
        "The whole validation file is measured each time.",
    ),
    Deviation(
        "GET /fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions",
        "Checkpoints are not shared: the answer is 404.",
        "Whoever may use a project here may use all of its models.",
    ),
    Deviation(
        "GET /files/{file_id}/content",
        "The answer is the file itself.",
        "So it is at OpenAI, whose specification promises a JSON text.",
        BYTES,
    ),
    Deviation(
        "Embedding.embedding",
        "With `encoding_format` `base64` it is a text.",
        "So it is at OpenAI, whose own client asks for it; the specification knows numbers only.",
        {"type": "string", "contentEncoding": "base64"},
    ),
    Deviation(
        "CreateCompletionResponse.choices.finish_reason",
        "It is null in every piece of a stream but the last.",
        "So it is at OpenAI, whose specification describes the whole answer only.",
        NULL,
    ),
    *(
        Deviation(
            f"{schema}.choices.answer_id",
            "Where there are several answers, each choice has an id of its own.",
            "Each is kept by itself, and feedback on it is sent to that id. A single answer goes "
            "by the `id` of the whole.",
            TEXT,
        )
        for schema in (
            "CreateChatCompletionResponse",
            "CreateChatCompletionStreamResponse",
            "CreateCompletionResponse",
        )
    ),
    Deviation(
        "POST /chat/completions/{completion_id}/feedback",
        "An answer takes feedback: `thumb` (`up` or `down`), `correction`, `comment`, `user`.",
        "What people say of answers is what the next version learns from; OpenAI has no such call.",
        {
            "type": "object",
            "required": ["id", "object", "completion_id", "created_at", "thumb"],
            "properties": {
                "object": {"const": "chat.completion.feedback"},
                "created_at": {"type": "integer"},
            },
        },
    ),
    Deviation(
        "POST /feedback",
        "Feedback that names its answer: `completion_id`, `thumb`, `correction`, `comment`, "
        "`rater`; told is also what it counted towards. Sent again with the same "
        "`Idempotency-Key` it is kept once.",
        "So a client's own server can pass on what its users say; OpenAI has no such call.",
        {
            "type": "object",
            "required": ["id", "object", "completion_id", "created_at", "thumb", "counted"],
            "properties": {
                "object": {"const": "feedback"},
                "created_at": {"type": "integer"},
                "counted": {
                    "type": "object",
                    "required": ["deployment", "corrections", "pending", "needed", "sentence"],
                },
            },
        },
    ),
    *(
        Deviation(where, what, OURS_ALONE, shape)
        for where, what, shape in (
            ("GET /deployments", "The deployments are listed.", _told("list", "data")),
            ("GET /deployments/{name}", "One deployment, slot by slot.", DEPLOYMENT),
            (
                "GET /deployments/{name}/ledger",
                "Every change of it, and the first row that is not as it was written.",
                _told("list", "data", "first_broken"),
            ),
            (
                "POST /deployments/{name}/promote",
                "`revision`, or the candidate, becomes the champion; `reason` is kept.",
                DEPLOYMENT,
            ),
            (
                "POST /deployments/{name}/rollback",
                "The candidate is taken out, or else the previous champion comes back.",
                DEPLOYMENT,
            ),
            (
                "POST /deployments/{name}/traffic",
                "`share` of the sessions, 0 to 1, goes to the candidate.",
                DEPLOYMENT,
            ),
        )
    ),
    Deviation(
        "POST /chat/completions",
        "`model` may be a deployment; `x-session-id`, else `user`, `safety_identifier` or "
        "`prompt_cache_key`, decides which of its revisions answers. The headers "
        "`x-ladder-revision` and `x-ladder-model` tell.",
        "A name stays while what answers behind it changes.",
    ),
    Deviation(
        "POST /completions",
        "A deployment that puts something around what it is asked takes the prompt as a question.",
        "Its instructions and examples are turns of a conversation.",
    ),
    Deviation(
        "POST /completions",
        "Models on this machine go on with the prompt; those behind endpoints get it as a "
        "question.",
        "Few servers still go on with a bare text.",
    ),
    Deviation(
        "POST /chat/completions",
        "Tools, penalties, `logit_bias`, other modalities and more than 8 answers are refused.",
        "Models on this machine write text, and nothing that changes an answer is ignored; what "
        "changes none, such as `user` or `service_tier`, is.",
    ),
    Deviation(
        "POST /chat/completions",
        "`response_format` is refused for models on this machine and passed on to endpoints.",
        "The engine here cannot be held to a format, and says so.",
    ),
    Deviation(
        "POST /chat/completions",
        "Tokens that nobody counted are left out: there is no `usage` then.",
        "An endpoint need not tell them, and 0 would be wrong.",
    ),
    Deviation(
        "POST /completions",
        "`echo`, `suffix`, `best_of` and prompts of tokens are refused.",
        "Models here go on with a text; which tokens it is made of is the model's own affair.",
    ),
    Deviation(
        "POST /embeddings",
        "There is one model, and a text longer than it reads is refused.",
        "The end of a longer text would silently count for nothing.",
    ),
    Deviation(
        "POST /batches",
        "A malformed line does not fail the batch: it goes to the error file, by its number.",
        "One bad line among thousands should cost one line; none is lost.",
    ),
    Deviation(
        "POST /moderations",
        "Texts go to the endpoint that the model names; without one the answer is 404.",
        "The studio has no model of its own for this.",
    ),
)
