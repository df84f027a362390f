"""studio chat: talk to a model; say what was good and what it should have said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import find, tuning
from studio.cli.connect import open_services
from studio.cli.options import STARTER, AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give_json, say
from studio.domain.errors import StudioError

if TYPE_CHECKING:
    from studio.domain.datasets import Message
    from studio.domain.evaluation import Decoding
    from studio.domain.feedback import Inference
    from studio.services.container import Services

EPILOG = example(
    "studio chat",
    "studio chat 'tickets v1' --message 'My card has not arrived.'",
    "In the conversation: /good  /bad  /fix THE RIGHT ANSWER  /new  /quit",
)


def chat(
    model: Annotated[
        str | None,
        typer.Argument(help="Model by id or name; the newest tuned one when left out."),
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", "-m", help="Ask this once and leave.")
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(help="Instructions for the model; those it was tuned with when left out."),
    ] = None,
    longest: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Longest answer in tokens.")
    ] = 256,
    temperature: Annotated[
        float, typer.Option(min=0, max=2, help="0 always takes the likeliest word.")
    ] = 0.0,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Talk to a model; answers and your feedback are kept."""
    from studio.domain.evaluation import Decoding

    if as_json and message is None:
        raise typer.BadParameter("--json needs --message.")
    with open_services(settings(data_dir)) as services:
        model_id = _model(services, model)
        talk = Conversation(
            services,
            model_id=model_id,
            project_id=find.project(services, project).id,
            system=_instructions(services, model_id) if system is None else system,
            decoding=Decoding(max_new_tokens=longest, temperature=temperature),
            quiet=as_json,
        )
        if message is not None:
            answered = talk.ask(message)
            if as_json:
                give_json(answered)
            return
        say(f"Talking to {services.models.names()[talk.model_id]}. /quit ends it.")
        while (line := _read()) is not None:
            try:
                if line and not talk.obey(line):
                    return
            except StudioError as error:
                say(str(error))


class Conversation:
    """One conversation and the last answer in it."""

    def __init__(
        self,
        services: Services,
        *,
        model_id: str,
        project_id: str,
        system: str,
        decoding: Decoding,
        quiet: bool = False,
    ) -> None:
        self.model_id = model_id
        self._services, self._project_id, self._system = services, project_id, system
        self._decoding, self._quiet = decoding, quiet
        self._last: Inference | None = None
        self._messages: list[Message] = self._opening()

    def obey(self, line: str) -> bool:
        """Does what the line asks; returns False when the conversation is over."""
        command, _, rest = line.partition(" ")
        if command == "/quit":
            return False
        if command == "/new":
            self._messages, self._last = self._opening(), None
            say("A new conversation.")
        elif command in ("/good", "/bad", "/fix"):
            self._feedback(command, rest.strip())
        elif command.startswith("/"):
            say("Commands: /good  /bad  /fix THE RIGHT ANSWER  /new  /quit")
        else:
            self.ask(line)
        return True

    def ask(self, text: str) -> Inference:
        """Asks, shows the answer as it comes, and returns what was kept of it."""
        from studio.domain.datasets import Message

        question = [*self._messages, Message(role="user", content=text)]
        for piece in self._services.playground.stream(
            model_id=self.model_id,
            messages=question,
            decoding=self._decoding,
            project_id=self._project_id,
        ):
            if isinstance(piece, str):
                self._show(piece)
            else:
                self._last = piece
                answer = Message(role="assistant", content=piece.output)
                self._messages = [*question, answer]
        self._show("\n")
        assert self._last is not None, "the stream ends with what was kept"
        return self._last

    def _show(self, piece: str) -> None:
        if not self._quiet:
            sys.stdout.write(piece)
            sys.stdout.flush()

    def _feedback(self, command: str, text: str) -> None:
        if self._last is None or (command == "/fix" and not text):
            say("There is no answer yet." if self._last is None else "/fix THE RIGHT ANSWER")
            return
        self._services.playground.feedback(
            self._last.id,
            thumb_up={"/good": True, "/bad": False}.get(command),
            correction=text if command == "/fix" else None,
            comment=text or None if command != "/fix" else None,
        )
        say("Kept.")

    def _opening(self) -> list[Message]:
        from studio.domain.datasets import Message

        return [Message(role="system", content=self._system)] if self._system else []


def _read() -> str | None:
    """Returns the next line, None at the end of input."""
    if sys.stdin.isatty():
        sys.stderr.write("> ")
        sys.stderr.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None


def _model(services: Services, wanted: str | None) -> str:
    if wanted is not None:
        return find.model(services, wanted)
    versions = sorted(services.models.versions(), key=lambda version: version.created_at)
    if versions:
        return versions[-1].id
    tuning.ready_model(services, STARTER)
    return STARTER


def _instructions(services: Services, model_id: str) -> str:
    """Returns the system prompt that a tuned model's examples carried; without it, it is lost."""
    for tuned in services.models.versions():
        if tuned.id == model_id:
            return services.datasets.version(tuned.dataset_version_id).system_prompt
    return ""
