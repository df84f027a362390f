"""Alert letters: exactly what leaves this machine when an alert is told."""

from __future__ import annotations

import hashlib
import hmac
import json

from studio.domain.monitoring import Alert, AlertRule, Letter, Post

SIGNATURE = "x-ladder-signature"
"""`sha256=` and the HMAC of the body, so that whoever gets it can tell that it is ours."""


def post(rule: AlertRule, alert: Alert, deployment: str | None, secret: str | None) -> Post:
    """Returns an alert as it goes to a web address, signed when there is a secret."""
    told = {
        "id": alert.id,
        "event": alert.event,
        "deployment": deployment,
        "sentence": alert.sentence,
        "details": alert.details,
        "created_at": alert.created_at.isoformat(),
    }
    body = json.dumps(told, ensure_ascii=False, indent=2)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "ladder-studio",
        "x-ladder-event": alert.event,
        "x-ladder-delivery": alert.id,
    }
    if secret:
        mark = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"sha256={mark}"
    return Post(url=rule.address, headers=headers, body=body)


def letter(rule: AlertRule, alert: Alert, deployment: str | None, sender: str) -> Letter:
    """Returns an alert as it goes by e-mail."""
    lines = [alert.sentence, ""]
    if deployment is not None:
        lines.append(f"deployment: {deployment}")
    lines += [f"event: {alert.event}", f"at: {alert.created_at:%Y-%m-%d %H:%M} UTC"]
    lines += [
        f"{name}: {'unknown' if value is None else value}" for name, value in alert.details.items()
    ]
    lines += ["", f"message: {alert.id}"]
    about = f"{deployment}: " if deployment is not None else ""
    return Letter(
        sender=sender,
        to=rule.address,
        subject=_one_line(f"{about}{alert.sentence}")[:150],
        message_id=f"<{alert.id}@ladder-studio.invalid>",
        text="\n".join(lines),
    )


def shown(message: Post | Letter) -> str:
    """Returns a message as it is shown before anything is sent."""
    if isinstance(message, Post):
        heads = [f"{name}: {value}" for name, value in message.headers.items()]
        return "\n".join([f"POST {message.url}", *heads, "", message.body])
    heads = [
        f"From: {message.sender}",
        f"To: {message.to}",
        f"Subject: {message.subject}",
        f"Message-ID: {message.message_id}",
    ]
    return "\n".join([*heads, "", message.text])


def _one_line(text: str) -> str:
    return " ".join(text.split())
