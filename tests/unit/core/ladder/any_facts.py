"""Facts of any kind, known and unknown, for tests that must hold for all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from studio.domain.advice import Facts

SHARES = st.none() | st.floats(0, 1)
COUNTS = st.none() | st.integers(0, 5000)
EITHER = st.none() | st.booleans()
KINDS: dict[str, st.SearchStrategy[Any]] = {
    name: EITHER
    if "bool" in str(field.annotation)
    else SHARES
    if name.startswith(
        ("pct_", "pilot_", "baseline", "target", "best_", "break_", "unseen", "util")
    )
    else st.none() | st.dates()
    if "date" in str(field.annotation)
    else st.sampled_from((None, "general_code", "format", "extraction"))
    if name == "task_type"
    else st.sampled_from((None, "anywhere", "region", "on_premises"))
    if name == "residency"
    else st.sampled_from((None, "openai"))
    if name == "provider"
    else COUNTS
    for name, field in Facts.model_fields.items()
}
ANY_FACTS = st.fixed_dictionaries(KINDS).map(lambda values: Facts(**values))
