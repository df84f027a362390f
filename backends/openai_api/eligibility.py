"""Eligibility: whether a server will train a model for this account, asked before any upload."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import openai

from backends.openai_api import end_dates
from backends.openai_api.client import client_for
from backends.openai_api.errand import Carrier
from backends.openai_api.trouble import Trouble, asking
from studio.domain.endpoints import Connection, Dialect
from studio.domain.training import Blocker
from studio.domain.values import now

KEPT_SECONDS = 300.0
"""How long a good answer counts."""
FAILED_SECONDS = 10.0
"""How long a bad one does: whoever mends the cause wants to see it mended."""
SECONDS = 3.0
"""Longest wait for each of the three questions: somebody sits before the form."""
NEAR = timedelta(days=180)
HERE = "Choose This machine: it trains on the same dataset."
LATER = "Check the address under Settings, or look again in a minute."
LOCKED_OUT = "training_not_available"
NO_SUCH_FILE = "file-ladder-studio-asks-whether-training-is-possible"
PROBE = {"ladder_studio_probe": "1"}
CLOUDS = (".openai.azure.com", ".services.ai.azure.com")
NEEDS_KEY = (Dialect.OPENAI, Dialect.AZURE, Dialect.NEBIUS)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the questions brought."""

    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    trouble: Trouble | None = None
    """Set when it could not be found out; the blockers say so too."""


class Eligibility:
    """Asks once and remembers for a while."""

    def __init__(
        self,
        carrier: Carrier = lambda: None,
        clock: Callable[[], datetime] = now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the day, `ticks` how old an answer is."""
        self._carrier, self._clock, self._ticks = carrier, clock, ticks
        self._known: dict[tuple[Connection, str], tuple[float, Findings]] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection, model: str, seconds: float = SECONDS) -> Findings:
        """Returns what stands in the way of training that model there; sends no examples.

        `seconds` is the longest wait for each question.
        """
        place = (connection, model)
        with self._lock:
            until, found = self._known.get(place, (0.0, Findings()))
            if self._ticks() < until:
                return found
        found = self._asked(connection, model, seconds)
        good = not found.blockers
        with self._lock:
            kept = KEPT_SECONDS if good else FAILED_SECONDS
            self._known[place] = (self._ticks() + kept, found)
        return found

    def _asked(self, connection: Connection, model: str, seconds: float) -> Findings:
        wants_key = connection.host == end_dates.HOST or connection.dialect in NEEDS_KEY
        if wants_key and not connection.key:
            return blocked(
                f"The endpoint {connection.name} has no key.",
                "Name its key under Settings and put it in.",
            )
        client = client_for(connection, transport=self._carrier())
        patient = client.with_options(timeout=seconds, max_retries=0)
        try:
            # The cheapest answer first: a host without fine-tuning needs no further question.
            _can_train(patient, connection)
            found = self._model(patient, connection, model)
            if not found.blockers and _may_be_locked_out(connection):
                _let_in(patient, connection, model)
        except Trouble as trouble:
            return _explained(trouble, connection)
        finally:
            client.close()
        return found

    def _model(self, client: openai.OpenAI, connection: Connection, model: str) -> Findings:
        today = self._clock().date()
        told: dict[str, Any] | None = None
        try:
            with asking(connection):
                told = client.models.retrieve(model).to_dict()
        except Trouble as trouble:
            if trouble.kind != "absent":
                raise
        ends = _day((told or {}).get("shutdown_date")) or end_dates.known(connection.host, model)
        if ends is not None and ends <= today:
            return blocked(f"{model} was shut down on {ends.isoformat()}.", HERE)
        if connection.host == end_dates.HOST and today >= end_dates.NEW_JOBS_END:
            day = end_dates.NEW_JOBS_END.isoformat()
            return blocked(f"OpenAI makes no new fine-tuning jobs since {day}.", HERE)
        if told is None and connection.host == end_dates.HOST:
            return blocked(f"{connection.host} knows no model {model}.", HERE)
        return Findings(warnings=tuple(_warnings(connection, model, told, ends, today)))


def _warnings(
    connection: Connection,
    model: str,
    told: dict[str, Any] | None,
    ends: date | None,
    today: date,
) -> list[str]:
    said = []
    if told is None:
        said.append(f"{connection.host} does not say whether it has {model}; it may refuse it.")
    if ends is not None and ends - today <= NEAR:
        said.append(f"{model} shuts down on {ends.isoformat()}, and what is tuned from it with it.")
    if connection.host == end_dates.HOST:
        day = end_dates.NEW_JOBS_END.isoformat()
        said.append(f"OpenAI makes no new fine-tuning jobs from {day} on.")
    return said


def _can_train(client: openai.OpenAI, connection: Connection) -> None:
    """Raises Trouble unless the server has a list of training jobs."""
    with asking(connection):
        page = client.fine_tuning.jobs.list(limit=1)
        # An event stream or a page of a website has no such list.
        if not isinstance(page.data, list):
            raise TypeError("no list of jobs")


def _let_in(client: openai.OpenAI, connection: Connection, model: str) -> None:
    """Asks for a job on a file that cannot exist: what is refused first is the account."""
    try:
        with asking(connection):
            job = client.fine_tuning.jobs.create(
                model=model, training_file=NO_SUCH_FILE, metadata=PROBE
            )
            # It checks its files later than others do; this job has nothing to train on.
            client.fine_tuning.jobs.cancel(job.id)
    except Trouble as trouble:
        if trouble.kind in ("key", "credit") or trouble.status == 403:
            raise


def _may_be_locked_out(connection: Connection) -> bool:
    cloud = connection.host == end_dates.HOST or connection.host.endswith(CLOUDS)
    return cloud or connection.dialect in (Dialect.OPENAI, Dialect.AZURE)


def _explained(trouble: Trouble, connection: Connection) -> Findings:
    place = connection.host
    if trouble.code == LOCKED_OUT:
        return blocked(
            f"{place} trains nothing new for this account: its fine-tuning is being closed"
            f" ({trouble.error.message}).",
            HERE,
        )
    if trouble.kind == "absent" or _is_no_api(trouble):
        return blocked(f"The server {place} offers no fine-tuning.", HERE)
    if trouble.kind == "refused":
        return blocked(f"{place} does not let this account train: {trouble.sentence}", HERE)
    if trouble.kind == "credit":
        return blocked(trouble.sentence, "Add credit to the account.")
    mend = trouble.error.hint if trouble.kind == "key" else LATER
    return Findings(
        blockers=(Blocker(what=trouble.sentence, remedy=f"{mend} Or: {HERE}"),),
        trouble=trouble,
    )


def _is_no_api(trouble: Trouble) -> bool:
    """A 200 that is no JSON: an event stream, or the page of a website; torn JSON is neither."""
    return trouble.kind == "unclear" and isinstance(trouble.__cause__, AttributeError | TypeError)


def blocked(what: str, remedy: str) -> Findings:
    """Returns findings of one blocker."""
    remedy = remedy if "This machine" in remedy else f"{remedy} Or: {HERE}"
    return Findings(blockers=(Blocker(what=what, remedy=remedy),))


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
