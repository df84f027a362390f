"""How to call a deployment: lines for a terminal and for Python, and its feedback page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from studio.ui.act import done
from studio.ui.kit.address import origin
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.copyable import Copyable
from studio.ui.kit.fields import switch_field
from studio.ui.kit.layout import Columns, Row
from studio.ui.kit.notices import notice
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.vm import DeploymentPage

CURL = """curl {origin}/v1/chat/completions \\
  -H "Authorization: Bearer $STUDIO_KEY" -H "Content-Type: application/json" \\
  -d '{{"model": "{name}", "messages": [{{"role": "user", "content": "…"}}]}}'"""
PYTHON = """from openai import OpenAI

client = OpenAI(base_url="{origin}/v1", api_key=STUDIO_KEY)
answer = client.chat.completions.create(
    model="{name}", messages=[{{"role": "user", "content": "…"}}], user="who-asks"
)"""
FEEDBACK = """curl {origin}/v1/feedback \\
  -H "Authorization: Bearer $STUDIO_KEY" -H "Content-Type: application/json" \\
  -d '{{"completion_id": "…", "thumb": "down", "correction": "What it should have been"}}'"""


class CallingView:
    """Redrawn when the link or the consent changes."""

    def __init__(self, page: DeploymentPage, changed: Callable[[], Awaitable[None]]) -> None:
        self.page, self.changed = page, changed

    def seen(self) -> object:
        """What it shows."""
        return (self.page.there.link, self.page.there.may_train)

    def draw(self) -> None:
        """The lines and the link."""
        here = {"origin": origin(), "name": self.page.name}
        with Columns(380, gap=16):
            with Card(
                "Programs",
                subtitle="Whatever can talk to OpenAI can call it; keys are made in Settings.",
                marker="calling",
            ):
                Text("In a terminal", "strong")
                Copyable(CURL.format(**here), "Call it from a terminal", marker="call-curl")
                Text("In Python", "strong")
                Copyable(PYTHON.format(**here), "Call it from Python", marker="call-python")
                Text("Say what was wrong", "strong")
                Copyable(FEEDBACK.format(**here), "Send feedback", marker="call-feedback")
            with Card(
                "People",
                subtitle="A page where anybody who has its address can ask, rate and correct, "
                "without an account.",
                marker="feedback-link",
            ):
                self.draw_link(here["origin"])
                switch_field(
                    "Feedback may be learnt from",
                    value=self.page.there.may_train,
                    hint="People who use it must have agreed. Without it nothing of what they "
                    "send becomes training data.",
                    marker="may-train",
                    on_change=self.consent,
                )

    def draw_link(self, here: str) -> None:
        """The address of the feedback page, or how to open it."""
        link = self.page.there.link
        if not link:
            Text("The page is closed.", "muted", marker="link-closed")
            Button("Open the feedback page", self.open, kind="primary", marker="link-open")
            return
        Copyable(f"{here}/f/{link}", "Address of the feedback page", marker="link-address")
        Text("Whoever has this address can use the page. Closing it makes the address void.")
        with Row(8):
            Button("Close it", self.close, kind="danger", marker="link-close")

    async def open(self) -> None:
        """Opens the feedback page."""
        if await done(self.page.open_link):
            notice("The feedback page is open.", "good")
            await self.changed()

    async def close(self) -> None:
        """Closes the feedback page."""
        if await done(self.page.close_link):
            notice("The feedback page is closed; its address no longer works.", "good")
            await self.changed()

    async def consent(self, may: bool) -> None:
        """Lets feedback be learnt from, or not."""
        if await done(self.page.consent, bool(may)):
            notice("Kept. The next cycle follows it.", "good")
            await self.changed()
