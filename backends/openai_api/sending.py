"""Sending: brings a run's files to the server, once each, and goes on after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from backends.openai_api.errand import Errand
from backends.openai_api.remote import Sent
from backends.openai_api.trouble import Trouble

PURPOSE: Literal["fine-tune"] = "fine-tune"
MIME = "application/jsonl"
MANY = 100
"""Files asked for on one page."""
MOST_PAGES = 20
RESTARTS = 3
"""How often an upload that the server let go of begins anew."""


class Refused(Exception):
    """The server took a file and does not like it."""


class Sender:
    """Does one act at each step until every file lies at the server and was looked at."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def step(self) -> float | None:
        """Does the next act; returns the seconds to wait, None when all files are there.

        Raises:
            Trouble: what went wrong with a request.
            Refused: when the server refuses a file for what it holds.
        """
        errand = self._errand
        for name in errand.folder.files():
            sent = self._sent(name)
            if not sent.file:
                self._send(sent)
                return 0.0
            if not sent.processed:
                return self._look(sent)
        return None

    def strays(self) -> list[str]:
        """Returns ids of this run's files at the server, those included that nobody noted."""
        known = [sent.file for sent in self._errand.remote.sent if sent.file]
        if any(sent.began for sent in self._errand.remote.sent):
            ours = {self._filename(name) for name in self._errand.folder.files()}
            known += [one.id for one in self._found() if one.filename in ours]
        return list(dict.fromkeys(known))

    def _sent(self, name: str) -> Sent:
        found = [sent for sent in self._errand.remote.sent if sent.name == name]
        return found[0] if found else Sent(name=name)

    def _keep(self, sent: Sent) -> Sent:
        others = [one for one in self._errand.remote.sent if one.name != sent.name]
        self._errand.keep(sent=(*others, sent), tries=0)
        return sent

    def _send(self, sent: Sent) -> None:
        path = self._errand.folder.path / sent.name
        size = path.stat().st_size
        if sent.began and not sent.upload:
            # An earlier attempt may have arrived although nobody heard of it.
            found = self._arrived(sent.name, size)
            if found:
                self._arrive(sent, found)
                return
        if not sent.began:
            sent = self._keep(sent.with_(began=True))
        self._errand.tell(
            "phase", f"Sending {sent.name} ({_size(size)}).", key=f"sending:{sent.name}"
        )
        in_parts = size > self._errand.pace.whole and "uploads" not in self._errand.unable
        if in_parts:
            self._send_in_parts(sent, path, size)
            return
        with (
            path.open("rb") as stream,
            self._errand.asking(self._errand.pace.upload) as client,
        ):
            taken = client.files.create(
                file=(self._filename(sent.name), stream, MIME), purpose=PURPOSE
            )
            self._arrive(sent, taken.id, taken)

    def _send_in_parts(self, sent: Sent, path: Path, size: int) -> None:
        errand, step = self._errand, self._errand.pace.part
        try:
            if not sent.upload:
                with errand.asking() as client:
                    upload = client.uploads.create(
                        bytes=size,
                        filename=self._filename(sent.name),
                        mime_type=MIME,
                        purpose=PURPOSE,
                    )
                sent = self._keep(sent.with_(upload=upload.id))
            with path.open("rb") as stream:
                stream.seek(len(sent.parts) * step)
                while piece := stream.read(step):
                    if errand.folder.wished("cancel"):
                        return
                    with errand.asking(errand.pace.upload) as client:
                        part = client.uploads.parts.create(sent.upload, data=piece)
                    sent = self._keep(sent.with_(parts=(*sent.parts, part.id)))
                    share = round(100 * min(1.0, len(sent.parts) * step / size))
                    errand.tell("phase", f"Sending {sent.name}: {share} %.", percent=share)
            with errand.asking(errand.pace.upload) as client:
                whole = client.uploads.complete(sent.upload, part_ids=list(sent.parts))
            if whole.file is None:
                raise Refused(f"The server put {sent.name} together but names no file.")
            self._arrive(sent, whole.file.id, whole.file)
        except Trouble as trouble:
            if trouble.kind == "absent" and not sent.upload:
                errand.unable.add("uploads")  # It may still take the file in one piece.
                return
            if trouble.kind not in ("refused", "absent") or not sent.upload:
                raise
            self._begin_anew(sent, trouble, size)

    def _begin_anew(self, sent: Sent, trouble: Trouble, size: int) -> None:
        """An upload ends by itself after an hour; one that was completed unheard is found again."""
        found = self._arrived(sent.name, size)
        if found:
            self._arrive(sent, found)
            return
        if sent.restarts == RESTARTS:
            raise trouble
        self._errand.tell("log", f"The upload of {sent.name} has to begin anew: {trouble.sentence}")
        self._keep(sent.with_(upload="", parts=(), restarts=sent.restarts + 1))

    def _arrive(self, sent: Sent, file_id: str, taken: Any = None) -> None:
        size = (self._errand.folder.path / sent.name).stat().st_size
        counted = getattr(taken, "bytes", None)
        # Noted before anything is said of it: what is noted is deleted at the end.
        sent = self._keep(sent.with_(file=file_id))
        if counted is not None and counted != size:
            raise Refused(
                f"The server holds {counted} bytes of {sent.name} instead of {size}: it arrived"
                " damaged. Start again."
            )
        self._errand.tell("log", f"{sent.name} lies at the server as {file_id}.", key=file_id)

    def _look(self, sent: Sent) -> float:
        errand = self._errand
        with errand.asking() as client:
            found = client.files.retrieve(sent.file)
        if found.status == "error":
            said = errand.line.heard(found.status_details or "it does not say why")
            raise Refused(f"The server cannot use {sent.name}: {said}.")
        # Some never say `processed`; the job's own check comes after this one anyway.
        late = errand.since(errand.remote.began_at) > errand.pace.processing
        if found.status in ("processed", None) or late:
            self._keep(sent.with_(processed=True))
            return 0.0
        return errand.pace.first_look

    def _arrived(self, name: str, size: int) -> str:
        """Returns the id of a file that came without anybody hearing of it, else nothing."""
        found = [
            one
            for one in self._found()
            if one.filename == self._filename(name) and one.bytes == size
        ]
        return min(found, key=lambda one: one.created_at).id if found else ""

    def _found(self) -> list[Any]:
        """Returns the files at the server, none where it does not list them."""
        try:
            return self._listed()
        except Trouble as trouble:
            if trouble.kind not in ("absent", "refused"):
                raise
            return []

    def _listed(self) -> list[Any]:
        found: list[Any] = []
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            with self._errand.asking() as client:
                page = client.files.list(purpose=PURPOSE, limit=MANY, **after)
                data, more = list(page.data), page.has_more
            found += data
            if not data or more is False:
                break
            after = {"after": data[-1].id}
        return found

    def _filename(self, name: str) -> str:
        return f"{self._errand.spec.job_id}-{name}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
