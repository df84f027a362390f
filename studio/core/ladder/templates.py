"""Where a charter begins, for each use case: words, metric, target and first instructions."""

from __future__ import annotations

from studio.domain.charters import Template, UseCase

TEMPLATES: tuple[Template, ...] = (
    Template(
        use_case=UseCase.SUPPORT,
        title="Customer support",
        objective="Draft replies to customers' questions that an agent sends with no or few "
        "changes, so that customers wait less.",
        metric="token_f1",
        target=0.5,
        system_prompt="You answer customers of our company. Be friendly and brief, answer only "
        "what was asked, and say so plainly when you do not know.",
        task_type="chat",
        watch_out="Answers sound right and promise what the company does not offer: check facts "
        "before tone.",
    ),
    Template(
        use_case=UseCase.LEGAL,
        title="Legal documents",
        objective="Find and state what a contract or a regulation says on a question, with the "
        "passage it rests on, for a lawyer to confirm.",
        metric="token_f1",
        target=0.6,
        system_prompt="You help lawyers read documents. Answer from the given text only, in one "
        "or two sentences, quote the clause it rests on, and say so when the text is silent.",
        task_type="documents",
        watch_out="A citation can be invented; only one that was looked up can be trusted.",
    ),
    Template(
        use_case=UseCase.MEDICAL_NOTES,
        title="Medical notes",
        objective="Turn a conversation or dictation into a structured note that a clinician "
        "corrects in less time than writing it takes.",
        metric="rouge_l",
        target=0.5,
        system_prompt="You write clinical notes. Use only what was said, keep to the given "
        "headings, leave a heading empty when nothing was said about it, and never guess a dose.",
        task_type="summaries",
        watch_out="An omission is harder to see than a mistake: have clinicians read the note "
        "against the recording.",
    ),
    Template(
        use_case=UseCase.CODE,
        title="Code",
        objective="Write code in the company's own language, library or style that passes review "
        "with few changes.",
        metric="exact_match",
        target=0.6,
        system_prompt="You write code for our team. Follow our conventions, use only the "
        "libraries that are named, and return the code alone.",
        task_type="general_code",
        watch_out="General code is what large models do best; tuning a small one pays only for "
        "what is private to you.",
    ),
    Template(
        use_case=UseCase.EXTRACTION,
        title="Extraction of fields",
        objective="Read fields out of documents or messages into a fixed schema, so that nobody "
        "types them in.",
        metric="exact_match",
        target=0.9,
        system_prompt="You extract fields from a text. Return JSON with exactly the given keys, "
        "copy values as they are written, and use null when a value is not in the text.",
        task_type="extraction",
        watch_out="Rare layouts decide: measure them apart instead of hiding them in an average.",
    ),
    Template(
        use_case=UseCase.TONE,
        title="Tone of voice",
        objective="Write texts in the company's own voice that editors accept without rewriting.",
        metric="rouge_l",
        target=0.4,
        system_prompt="You write for our company. Keep to our voice: short sentences, plain "
        "words, the reader addressed directly. Change nothing in the facts.",
        task_type="format",
        watch_out="Overlap of words says little about tone: let editors compare answers blind as "
        "well.",
    ),
    Template(
        use_case=UseCase.CLASSIFICATION,
        title="Classification",
        objective="Sort incoming messages into the categories in use today, so that each reaches "
        "the right desk at once.",
        metric="accuracy",
        target=0.9,
        system_prompt="You sort messages into categories. Answer with the name of one category "
        "and nothing else.",
        task_type="classification",
        watch_out="Two people who label the same messages often disagree; no model can be better "
        "than they agree.",
    ),
    Template(
        use_case=UseCase.SUMMARISING,
        title="Summaries",
        objective="Summarise long texts in the house style, short enough to be read and complete "
        "enough to be relied on.",
        metric="rouge_l",
        target=0.4,
        system_prompt="You summarise texts. Keep names and numbers exact, add nothing, and keep "
        "to the length that is asked for.",
        task_type="summaries",
        watch_out="Large models summarise well untuned; find out first what the house style adds.",
    ),
    Template(
        use_case=UseCase.QUESTIONS,
        title="Questions on documents",
        objective="Answer questions from the company's own documents, with the passage, or say "
        "that they do not tell.",
        metric="token_f1",
        target=0.6,
        system_prompt="You answer questions from the given passages only. Be brief, name the "
        "passage you rely on, and say so when the passages do not hold the answer.",
        task_type="documents",
        watch_out="Most wrong answers are passages not found: measure the search on its own.",
    ),
    Template(
        use_case=UseCase.OTHER,
        title="Something else",
        objective="Say in one or two sentences what shall be better afterwards, and for whom.",
        metric="token_f1",
        target=0.6,
        system_prompt="You are a careful assistant. Follow the instructions exactly and say so "
        "when you do not know.",
        task_type="other",
        watch_out="Without an agreed measure every answer can be argued about.",
    ),
)
"""One template for each use case. Targets are our judgement, to be settled with the client."""
