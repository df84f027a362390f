"""Turns and panes of the playground: a prompt with an answer, and a model with its conversation."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

from studio.domain.datasets import Message
from studio.domain.errors import StudioError
from studio.domain.feedback import Inference
from studio.domain.values import new_id
from studio.ui.pages import figures

Taken = Literal["a", "b", "tie", "both_bad"]
"""Of two answers: the left one, the right one, either, neither."""
State = Literal["waiting", "answering", "done", "stopped", "failed"]


@dataclass(kw_only=True)
class Turn:
    """One prompt with one model's answer; written by a worker thread, read by the page."""

    prompt: str
    model_name: str
    text: str = ""
    state: State = "waiting"
    inference: Inference | None = None
    error: StudioError | None = None
    thumb: bool | None = None
    """The thumb that counts now: the last one given."""
    correction: str | None = None
    """The correction that counts now."""
    counted: str = ""
    """What the last word counted towards, in one sentence."""
    taken: Taken | None = None
    """Which of this and the other side's answer was taken; kept with the left one."""
    by: str = ""
    """What answered behind a deployment's name; empty for a model asked directly."""
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """True when no more text will come."""
        return self.state in ("done", "stopped", "failed")

    @property
    def opinion(self) -> str:
        """What is stored about the answer, in words."""
        said = []
        if self.thumb is not None:
            said.append("good answer" if self.thumb else "bad answer")
        if self.correction is not None:
            said.append(f"should have been “{self.correction}”")
        if not said:
            return ""
        return f"Stored: {', '.join(said)}. The latest word counts. {self.counted}".strip()

    @property
    def cost(self) -> str:
        """Tokens and seconds of the answer, as text."""
        kept = self.inference
        if kept is None:
            return ""
        parts = []
        if kept.output_tokens is not None:
            parts.append(figures.many(kept.output_tokens, "token"))
        if kept.seconds is not None:
            parts.append(f"{kept.seconds:.1f} s")
            if kept.output_tokens and kept.seconds > 0:
                parts.append(f"{kept.output_tokens / kept.seconds:.1f} tokens/s")
        return " · ".join(parts)


@dataclass(kw_only=True)
class Pane:
    """One model and the conversation held with it."""

    model_id: str = ""
    turns: list[Turn] = field(default_factory=list)
    session: str = field(default_factory=lambda: new_id("session"))
    """Holds a conversation with a deployment to the revision that it began with."""

    def begin_anew(self) -> None:
        """Forgets the conversation."""
        self.turns, self.session = [], new_id("session")

    @property
    def busy(self) -> bool:
        """True while an answer is coming."""
        return bool(self.turns) and not self.turns[-1].over

    def conversation(self, system: str, prompt: str) -> list[Message]:
        """What the model is asked: system prompt, the turns that were answered, the new prompt."""
        messages = [Message(role="system", content=system)] if system else []
        for turn in self.turns:
            if turn.state == "done" and turn.text:
                messages.append(Message(role="user", content=turn.prompt))
                messages.append(Message(role="assistant", content=turn.text))
        return [*messages, Message(role="user", content=prompt)]
