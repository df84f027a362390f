"""Words of the review page: views, keys and verdicts, said once."""

from __future__ import annotations

from studio.domain.feedback import ReviewVerdict, Source
from studio.domain.reviews import Order, View
from studio.ui.kit.badge import Tone

VIEWS: dict[View, str] = {
    "open": "Waiting",
    "needs_work": "Needs work",
    "disputed": "Reviewers disagree",
    "thumbs_down": "Disliked, not corrected",
    "approved": "Approved",
    "rejected": "Rejected",
}

ORDERS: dict[Order, str] = {
    "useful": "What teaches most first",
    "newest": "Newest first",
    "oldest": "Oldest first",
}

SOURCES: dict[Source, str] = {
    Source.STUDIO: "in the studio",
    Source.LINK: "on the feedback page",
    Source.API: "through a program",
    Source.IMPORT: "in an imported file",
    Source.REPAIR: "as a repair",
}

VERDICTS: dict[ReviewVerdict, tuple[str, Tone]] = {
    ReviewVerdict.APPROVED: ("Approved", "good"),
    ReviewVerdict.REJECTED: ("Rejected", "bad"),
    ReviewVerdict.NEEDS_WORK: ("Needs work", "warning"),
    ReviewVerdict.WITHDRAWN: ("Taken back", "plain"),
}

KEYS = (
    ("A", "Approve: it may be learnt"),
    ("E", "Edit the answer; Ctrl+Enter approves it"),
    ("R", "Reject"),
    ("N", "Needs work: somebody should look again"),
    ("P", "Take personal data out"),
    ("S", "Find similar answers, and repair them with it"),
    ("U", "Undo the last decision"),
    ("J", "Next"),
    ("K", "Previous"),
    ("?", "These keys"),
)

EMPTY: dict[View, tuple[str, str]] = {
    "open": (
        "Nothing waits for you",
        "Corrections arrive from the playground, the feedback page of a deployment, programs and "
        "files. Each waits here until somebody decides about it.",
    ),
    "needs_work": ("Nothing needs work", "Corrections that look odd, or were put aside, lie here."),
    "disputed": ("Nobody disagrees", "When reviewers decide differently, you settle it here."),
    "thumbs_down": (
        "Every disliked answer is corrected",
        "Answers with a thumb down and no correction lie here: write what would have been right.",
    ),
    "approved": ("Nothing is approved yet", "What is approved is learnt in the next training."),
    "rejected": ("Nothing is rejected", "What is rejected is kept, and never learnt."),
}
