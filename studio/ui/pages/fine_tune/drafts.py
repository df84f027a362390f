"""What survives a reload while the fine-tune form is being filled in, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.domain.training import Effort, Hyperparameters, Method, Objective

if TYPE_CHECKING:
    from studio.ui.pages.fine_tune.vm import FineTuneForm

KEPT = ("version_id", "backend", "base_model", "objective", "method", "effort", "overrides")
KNOWN = Hyperparameters.model_fields


def draft(form: FineTuneForm) -> dict[str, Any]:
    """What to keep for a reload; an agreement is not kept, it is given to what is seen."""
    kept = {key: getattr(form, key) for key in KEPT}
    decided = None if form.automatic is None else list(form.automatic)
    return {**kept, "automatic": decided, "name": form.name if form.named_by_user else ""}


def restore(form: FineTuneForm, kept: dict[str, Any]) -> None:
    """Takes up a kept draft; entries that no longer make sense are ignored."""
    form.version_id = str(kept.get("version_id") or "")
    form.backend = str(kept.get("backend") or form.backend)
    form.base_model = str(kept.get("base_model") or "")
    if kept.get("objective") in set(Objective):
        form.objective = Objective(kept["objective"])
    if kept.get("method") in set(Method):
        form.method = Method(kept["method"])
    if kept.get("effort") in set(Effort):
        form.effort = Effort(kept["effort"])
    if kept.get("name"):
        form.name, form.named_by_user = str(kept["name"]), True
    overrides, decided = kept.get("overrides"), kept.get("automatic")
    if isinstance(overrides, dict):
        form.overrides = {key: value for key, value in overrides.items() if key in KNOWN}
    if isinstance(decided, list):
        form.automatic = tuple(name for name in decided if name in KNOWN)
