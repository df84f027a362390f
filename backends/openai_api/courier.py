"""Courier: takes one run through its phases, from the first check to the last tidying up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from backends.openai_api.collecting import Collector
from backends.openai_api.creating import Creator
from backends.openai_api.eligibility import Eligibility
from backends.openai_api.errand import Errand, Line, NotAgreed, Pace
from backends.openai_api.run_folder import RunFolder, Wish
from backends.openai_api.sending import Refused, Sender
from backends.openai_api.trouble import Trouble
from backends.openai_api.watching import Watcher

AGAIN = {
    "key": "Put the right key in under Settings: the run then goes on by itself.",
    "limited": "It is tried again when the server allows it.",
}
GOES_ON = "It is tried again by itself; nothing is lost."
"""What follows trouble that passes, by its kind."""
ELSEWHERE = "Choose This machine: it takes the same dataset."
WISHES: tuple[Wish, ...] = ("cancel", "pause", "resume")
NOT_STARTED = ("check", "upload", "create")


class Courier:
    """Does one act at each step; ended at any point, another takes up from the folder."""

    def __init__(
        self,
        folder: RunFolder,
        line: Line,
        eligibility: Eligibility,
        pace: Pace,
        clock: Callable[[], datetime],
        *,
        lacks: set[str] | None = None,
    ) -> None:
        """`lacks` is where it is noted what the server offers to no run."""
        self._errand = errand = Errand(folder, line, pace, clock, set() if lacks is None else lacks)
        self._eligibility, self._line = eligibility, line
        self._sender, self._creator = Sender(errand), Creator(errand)
        self._watcher, self._collector = Watcher(errand), Collector(errand)
        self._pause = pace.first_look
        self._troubles = 0
        self._phases: dict[str, Callable[[], float]] = {
            "check": self._check,
            "upload": self._upload,
            "create": self._creator.step,
            "follow": self._follow,
            "collect": self._collect,
            "tidy": self._tidy,
            "watch": self._watch,
        }

    def step(self) -> float | None:
        """Does the next act; returns the seconds until the one after, None at the very end."""
        errand = self._errand
        try:
            wait = self._idle()
            if wait is None and errand.remote.phase != "done":
                wait = self._phases[errand.remote.phase]()
        except NotAgreed as refusal:
            errand.end("failed", str(refusal), "provider")
            return 0.0
        except Refused as refusal:
            errand.end("failed", f"{refusal} {ELSEWHERE}", "data")
            return 0.0
        except Trouble as trouble:
            return self._troubled(trouble)
        if errand.remote.trouble:
            errand.tell("log", "The server answers again.")
            errand.keep(trouble="", tries=0)
        self._troubles = 0
        return None if errand.remote.phase == "done" else wait

    def close(self) -> None:
        """Lets go of the connections."""
        self._line.close()

    def _idle(self) -> float | None:
        """Grants what is wished of a run that the server has no job of yet; None to go on."""
        errand = self._errand
        if errand.remote.phase not in NOT_STARTED or errand.remote.open:
            return None
        if errand.folder.wished("cancel") and errand.remote.phase != "create":
            errand.end("cancelled", "Stopped before the server made a job of it.")
            return 0.0
        errand.folder.settle("resume")
        held = errand.folder.wished("pause") and errand.remote.phase != "create"
        return errand.pace.slowest_look if held else None

    def _troubled(self, trouble: Trouble) -> float:
        """Says what is in the way, and how long to wait before the next attempt."""
        errand = self._errand
        phase = errand.remote.phase
        final = trouble.kind in ("credit", "refused", "absent")
        if phase in NOT_STARTED and final and not errand.remote.open:
            errand.end("failed", f"{trouble.sentence} {ELSEWHERE}", "provider")
            return 0.0
        self._troubles += 1
        sentence = f"{trouble.sentence} {AGAIN.get(trouble.kind, GOES_ON)}"
        errand.keep(tries=errand.remote.tries + 1, trouble=sentence)
        errand.tell("log", sentence, key=f"trouble:{phase}:{trouble.kind}:{trouble.status}")
        if trouble.wait is not None:
            return trouble.wait
        return min(
            errand.pace.longest_pause, errand.pace.first_look * 2.0 ** min(self._troubles, 10)
        )

    def _check(self) -> float:
        errand = self._errand
        errand.tell("phase", "Asking the server whether it can train this.", key="check")
        with errand.asking():  # Nobody is asked anything before the address was agreed to.
            pass
        found = self._eligibility.of(self._line.connection(), errand.spec.model, errand.pace.answer)
        if found.trouble is not None:
            raise found.trouble
        if found.blockers:
            said = " ".join(f"{one.what} {one.remedy}" for one in found.blockers)
            errand.end("failed", said, "provider")
        else:
            errand.enter("upload")
        return 0.0

    def _upload(self) -> float:
        wait = self._sender.step()
        if wait is None:
            self._errand.enter("create")
            return 0.0
        return wait

    def _follow(self) -> float:
        pace = self._errand.pace
        self._look_for_second_ones()
        wished = any(self._errand.folder.wished(what) for what in WISHES)
        self._watcher.step()
        # Somebody who wished for something waits to see what comes of it.
        slower = min(pace.slowest_look, self._pause * pace.slower)
        self._pause = pace.first_look if wished else slower
        return 0.0 if self._errand.remote.phase != "follow" else self._pause

    def _collect(self) -> float:
        try:
            self._collector.step()
        except Trouble as trouble:
            self._give_up_after_a_while(trouble, "The table of results could not be fetched")
        self._errand.enter("tidy")
        return 0.0

    def _tidy(self) -> float:
        """Calls off second jobs and deletes what was uploaded, then tells the end."""
        errand = self._errand
        try:
            if errand.remote.posts:
                self._creator.call_off_second_ones(last=True)
            for file_id in self._sender.strays():
                self._delete(file_id)
        except Trouble as trouble:
            self._give_up_after_a_while(trouble, "What was uploaded could not all be deleted")
        except NotAgreed:
            pass  # Nothing was ever sent there.
        self._tell_end()
        errand.enter("watch")
        return 0.0

    def _watch(self) -> float:
        """After a doubtful request a second job may still turn up for a while."""
        errand = self._errand
        left = errand.pace.watch - errand.since(errand.remote.posted_at)
        if not errand.remote.doubted or left <= 0:
            errand.enter("done")
            return 0.0
        self._look_for_second_ones()
        return min(left, errand.pace.longest_pause)

    def _look_for_second_ones(self) -> None:
        errand = self._errand
        try:
            self._creator.call_off_second_ones()
        except Trouble as trouble:
            # The job itself goes on being followed; the next look may see more.
            errand.tell(
                "log", f"Second jobs could not be looked for: {trouble.sentence}", key="look"
            )
            errand.keep(look_at=errand.clock() + timedelta(seconds=errand.pace.look))

    def _delete(self, file_id: str) -> None:
        errand = self._errand
        key = f"deleted:{file_id}"
        if key in errand.news.keys:
            return
        try:
            with errand.asking() as client:
                client.files.delete(file_id)
        except Trouble as trouble:
            if trouble.kind not in ("absent", "refused"):
                raise
            if trouble.kind == "refused":
                errand.tell("log", f"{file_id} could not be deleted: {trouble.sentence}", key=key)
                return
        errand.tell("log", f"{file_id} was deleted at the server.", key=key)

    def _give_up_after_a_while(self, trouble: Trouble, what: str) -> None:
        errand = self._errand
        if trouble.kind not in ("absent", "refused") and errand.remote.tries < errand.pace.tries:
            raise trouble
        errand.tell("log", f"{what}: {trouble.sentence}", key=what)

    def _tell_end(self) -> None:
        ending = self._errand.remote.ending
        if ending is None:
            return
        kind = "failure" if ending.status == "failed" else "result"
        self._errand.tell(kind, ending.message, key="end")
