"""Two models answer the same prompt: panes, streaming, and what people think of the answers."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.datasets import Example, Message, Split
from studio.domain.deployments import PREFIX
from studio.domain.errors import Conflict, StudioError
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference, Preference
from studio.ui.pages.datasets.vm import DatasetList
from studio.ui.pages.elsewhere import hosts
from studio.ui.pages.fine_tune.naming import describe
from studio.ui.pages.playground.turns import Pane, Taken, Turn

if TYPE_CHECKING:
    from studio.services.container import Services

RATER = "local user"


@dataclass(kw_only=True)
class Playground:
    """Two panes that share one prompt box."""

    services: Services
    project_id: str
    models: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    """Models whose questions leave this machine, id to host."""
    panes: tuple[Pane, Pane] = field(default_factory=lambda: (Pane(), Pane()))
    prompt: str = ""
    system_prompt: str = ""
    max_new_tokens: int = Decoding().max_new_tokens
    versions: dict[str, str] = field(default_factory=dict)
    version_id: str = ""
    example: Example | None = None
    """The test example in the prompt box, if one was picked."""
    _systems: dict[str, str] = field(default_factory=dict)
    _examples: dict[str, list[Example]] = field(default_factory=dict)

    def about(self, model_id: str) -> str:
        """Where what is asked of a model goes, empty when it stays here."""
        host = self.hosts.get(model_id)
        return f"What you ask it is sent to {host}." if host else ""

    def load(self, *, left: str = "", right: str = "") -> None:
        """Reads models and data; fills the panes with a base model and the newest tuned one."""
        deployed = {
            f"{PREFIX}{one.name}": f"{one.name} (deployment)"
            for one in self.services.deployments.all(self.project_id)
        }
        self.models = self.services.models.names() | deployed
        self.hosts = hosts(self.services)
        tuned = sorted(
            self.services.models.versions(self.project_id), key=lambda v: v.created_at, reverse=True
        )
        newest = tuned[0] if tuned else None
        first = next(iter(self.models), "")
        wanted = (
            left or self.panes[0].model_id or (newest.base_id if newest else first),
            right or self.panes[1].model_id or (newest.id if newest else ""),
        )
        for pane, model_id in zip(self.panes, wanted, strict=True):
            pane.model_id = model_id if model_id in self.models else ""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        every = [(row, version) for row in datasets.rows for version in row.versions]
        self.versions = {version.id: describe(row.dataset.name, version) for row, version in every}
        self._systems = {version.id: version.system_prompt for _, version in every}
        chosen = {version.id: version.dataset_version_id for version in tuned}
        data = chosen.get(self.panes[1].model_id) or chosen.get(self.panes[0].model_id) or ""
        if self.version_id not in self.versions:
            self.choose_version(data if data in self.versions else next(iter(self.versions), ""))

    def choose_version(self, version_id: str) -> None:
        """Takes the data whose test examples and system prompt are offered."""
        # A system prompt that the user wrote stays; one that came from data follows the data.
        if self.system_prompt in ("", self._systems.get(self.version_id, "")):
            self.system_prompt = self._systems.get(version_id, "")
        self.version_id, self.example = version_id, None

    def pick_example(self, choose: Callable[[list[Example]], Example] = random.choice) -> bool:
        """Puts a test example into the prompt box; False when there is none."""
        if self.version_id not in self._examples:
            self._examples[self.version_id] = (
                list(self.services.datasets.examples(self.version_id, split=Split.TEST))
                if self.version_id
                else []
            )
        examples = self._examples[self.version_id]
        if not examples:
            return False
        self.example = choose(examples)
        self.prompt = asked_last(self.example)
        system = [m.content for m in self.example.prompt if m.role == "system"]
        self.system_prompt = system[0] if system else self.system_prompt
        return True

    @property
    def cannot_send(self) -> str:
        """Why Send is disabled, empty when it is not."""
        if not any(pane.model_id for pane in self.panes):
            return "Choose a model on at least one side."
        if any(pane.busy for pane in self.panes):
            return "Wait for the answer, or stop it."
        if not self.prompt.strip():
            return "Write something to ask."
        return ""

    def send(self) -> list[tuple[Pane, Turn]]:
        """Asks every chosen model; the answers arrive in the returned turns, from threads."""
        if self.cannot_send:
            return []
        asked = []
        for pane in self.panes:
            if not pane.model_id:
                continue
            messages = pane.conversation(self.system_prompt.strip(), self.prompt.strip())
            turn = Turn(prompt=self.prompt.strip(), model_name=self.models[pane.model_id])
            pane.turns.append(turn)
            asked.append((pane, turn))
            # Generation takes seconds to minutes: not a thread of the shared pool.
            threading.Thread(
                target=self._answer, args=(pane, pane.model_id, messages, turn), daemon=True
            ).start()
        self.prompt = ""
        return asked

    def _answer(self, pane: Pane, model_id: str, messages: list[Message], turn: Turn) -> None:
        decoding = Decoding(max_new_tokens=self.max_new_tokens)
        try:
            pieces = self.services.playground.stream(
                model_id=model_id,
                messages=messages,
                decoding=decoding,
                project_id=self.project_id,
                session=pane.session,
            )
            for piece in pieces:
                if turn.stop.is_set():
                    turn.state = "stopped"
                    return
                turn.state = "answering"
                if isinstance(piece, str):
                    turn.text += piece
                else:
                    turn.by = self._by(piece)
                    turn.inference, turn.text = piece, piece.output
            turn.state = "done"
        except StudioError as error:
            turn.error, turn.state = error, "failed"
        finally:
            if not turn.over:
                turn.error = StudioError(
                    "The answer ended with an error of the studio's own.",
                    hint="Send it again; the log has the details.",
                )
                turn.state = "failed"

    def _by(self, kept: Inference) -> str:
        if kept.revision_id is None:
            return ""
        return f"{self.services.deployments.revision(kept.revision_id).name}, the {kept.variant}"

    def stop(self) -> None:
        """Stops every answer that is still coming."""
        for pane in self.panes:
            if pane.busy:
                pane.turns[-1].stop.set()

    def clear(self) -> None:
        """Begins a new conversation; stored answers and feedback stay stored."""
        self.stop()
        for pane in self.panes:
            pane.begin_anew()
        self.example = None

    def choose_model(self, pane: Pane, model_id: str) -> None:
        """Puts another model into a pane; the conversation was not its own, so it begins anew."""
        if pane.busy:
            pane.turns[-1].stop.set()
        pane.model_id = model_id if model_id in self.models else ""
        pane.begin_anew()

    def forget_example_unless_asked(self) -> bool:
        """Drops the picked example once the prompt is no longer its own; True when dropped."""
        # Sending empties the box: the expected answer stays beside the answers until then.
        if self.example is None or self.prompt in ("", asked_last(self.example)):
            return False
        self.example = None
        return True

    def rate(
        self, turn: Turn, *, thumb_up: bool | None = None, correction: str | None = None
    ) -> Feedback:
        """Stores a thumb or a correction; append-only, the newest one counts.

        What it counted towards is told with the opinion.
        """
        if turn.inference is None:
            raise Conflict("This answer was not kept, so it cannot be rated.")
        kept, counted = self.services.feedback.add(
            turn.inference.id, thumb_up=thumb_up, correction=correction, rater=RATER
        )
        turn.counted = counted.sentence
        turn.thumb = turn.thumb if thumb_up is None else thumb_up
        turn.correction = turn.correction if correction is None else correction
        return kept

    @property
    def pair(self) -> tuple[Turn, Turn] | None:
        """The last answers of both sides, when they are whole and to the same prompt."""
        left, right = (pane.turns[-1] if pane.turns else None for pane in self.panes)
        if left is None or right is None or left.prompt != right.prompt:
            return None
        return (left, right) if left.inference and right.inference else None

    def prefer(self, taken: Taken) -> Preference:
        """Stores which of the last two answers is better; the left one is called A."""
        pair = self.pair
        if pair is None or pair[0].inference is None or pair[1].inference is None:
            raise Conflict("There are no two answers to the same prompt.")
        kept = self.services.feedback.prefer(
            pair[0].inference.id, pair[1].inference.id, taken, shown_first="a", rater=RATER
        )
        pair[0].taken = taken
        return kept


def asked_last(example: Example) -> str:
    """What the user says last in an example."""
    asked = [message.content for message in example.prompt if message.role == "user"]
    return asked[-1] if asked else ""
