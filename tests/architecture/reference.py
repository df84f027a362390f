"""Writes the generated pages of docs/reference: command line, errors, modules, rules, wire.

Run it as `python -m tests.architecture.reference` after a change of the command line or the tree.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import typer.main

from studio.api.errors import STATUS
from studio.api.v1.auth import needed
from studio.api.v1.deviations import DEVIATIONS
from studio.cli.exits import ERROR, EXIT_CODES
from studio.cli.main import app
from studio.core.ladder.rule import OURS
from studio.core.ladder.rules import texts
from studio.core.ladder.vocabulary import numbers
from studio.domain.errors import StudioError
from studio.domain.keys import Scope
from studio.domain.thresholds import SOURCES, Thresholds
from tests.api.trim_spec import COMMIT, SERVED
from tests.architecture import gate_page
from tests.architecture.metrics_page import WRITTEN_BY, metrics
from tests.architecture.places import ROOT, SOURCE, python_files


def command_line() -> str:
    """Returns the reference of every command, from the commands themselves."""
    parts = [
        "# The command line",
        WRITTEN_BY,
        "Data goes to stdout, talk to stderr. `--json` turns the data into JSON. While a studio is"
        " running on the same data folder, every command speaks to it; otherwise it does the work"
        " itself.",
        "## Exit codes",
        "\n".join(
            ("| code | meaning |", "|---|---|", *(f"| {n} | {w} |" for n, w in EXIT_CODES.items()))
        ),
    ]
    _describe(typer.main.get_command(app), "studio", parts)
    return "\n\n".join(parts) + "\n"


def _describe(command: Any, path: str, parts: list[str]) -> None:
    if path != "studio":
        parts.append(f"## `{path}`")
    else:
        parts.append("## Options of every command line: `studio [OPTIONS] COMMAND`")
    parts.append((command.help or "").strip())
    if path != "studio" and command.epilog:
        lines = [line[2:] for line in command.epilog.split("\n")[2:]]
        parts.append("```\n" + "\n".join(lines) + "\n```")
    rows = [row for row in (_row(parameter) for parameter in command.params) if row]
    if rows:
        parts.append("\n".join(("| | what it does |", "|---|---|", *rows)))
    for name, child in getattr(command, "commands", {}).items():
        _describe(child, f"{path} {name}", parts)


def _row(parameter: Any) -> str:
    if "--help" in parameter.opts or "completion" in parameter.opts[0]:
        return ""
    spelled = ", ".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        spelled = parameter.name.upper()
    default = parameter.default
    shown = "" if default in (None, False, "") else f" Default: {default}."
    if default is True:
        shown = f" Default: {parameter.opts[0]}."
    return f"| `{spelled}` | {(parameter.help or '').replace('|', chr(92) + '|')}{shown} |"


def modules() -> str:
    """Returns every module with the first line of its docstring."""
    lines = ["# Every module in one line", "", WRITTEN_BY]
    folder = None
    for path in python_files(*SOURCE):
        said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
        if not said:
            continue
        here = path.parent.relative_to(ROOT).as_posix()
        if here != folder:
            folder = here
            lines += ["", f"## {here}", "", "| module | what it is |", "|---|---|"]
        lines.append(f"| `{path.stem}` | {said.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def errors() -> str:
    """Returns every error with its meaning, parent, exit code and HTTP status."""
    lines = [
        "# Errors",
        "",
        WRITTEN_BY,
        "",
        "Every error the studio foresees says what happened and what to do. On the command line it"
        f" ends with exit code {ERROR} and two lines on stderr; over HTTP it is"
        ' `{"error": {"type", "message", "hint"}}`.',
        "",
        "| error | is a | meaning | HTTP status |",
        "|---|---|---|---|",
    ]
    for kind, status in STATUS.items():
        parent = "" if kind is StudioError else f"`{kind.__base__.__name__}`"
        said = (kind.__doc__ or "").partition("\n")[0]
        lines.append(f"| `{kind.__name__}` | {parent} | {said} | {status} |")
    return "\n".join(lines) + "\n"


def rules() -> str:
    """Returns the ladder's rules and the numbers they rest on, from the table itself."""
    lines = [
        "# The ladder's rules",
        "",
        WRITTEN_BY,
        "",
        "Every rule of the ladder, in the order in which it is read. The first BLOCK that applies"
        " decides what it names and nothing else; then every recommendation that applies is shown."
        " A rule whose facts are not known stays silent. What was measured stands above every rule:"
        " see [Decide with a client](../guides/decide-with-a-client.md).",
        "",
        "*Basis* says where a rule's threshold comes from: `primary`, the source's own document or"
        " data; `secondary`, a source known through a quotation; `computed`, arithmetic;"
        " `judgement`, our own default, which no source states; `none`, there is no threshold.",
    ]
    for rule in texts():
        instead = f" Instead: {_listed(rule.instead)}." if rule.instead else ""
        lines += [
            "",
            f"## {rule.id}: {rule.outcome}",
            "",
            "| | |",
            "|---|---|",
            f"| when | {rule.condition} |",
            f"| then | {rule.effect}{instead} |",
            *([f"| names | {_listed(rule.names)} |"] if rule.names else []),
            f"| because | {rule.because} |",
            f"| source | {rule.source} |",
            f"| basis | {rule.basis} |",
            *([f"| threshold | {rule.threshold} |"] if rule.threshold else []),
        ]
    return "\n".join([*lines, *_thresholds()]) + "\n"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _thresholds() -> list[str]:
    known = numbers(Thresholds())
    rows = [
        f"| `{name}` | {known[name]} | {field.description} | {SOURCES.get(name, OURS)} |"
        for name, field in Thresholds.model_fields.items()
    ]
    head = ["| name | default | meaning | source |", "|---|---|---|---|"]
    return ["", "## The numbers", "", *head, *rows]


def wire() -> str:
    """Returns the operations of `/v1` and where their answers differ from OpenAI's."""
    lines = [
        "# The OpenAI wire",
        "",
        WRITTEN_BY,
        "",
        "What the studio answers at `/v1`; [the guide](../guides/use-the-openai-api.md) shows it in"
        " use. The specification is OpenAI's own, of the commit"
        f" [{COMMIT[:8]}](https://github.com/openai/openai-openapi/tree/{COMMIT}).",
        "",
        "## Operations",
        "",
        "| operation | scopes of which a key needs one |",
        "|---|---|",
    ]
    theirs = [f"{one.upper()} {path}" for path, methods in SERVED.items() for one in methods]
    own = [one.where for one in DEVIATIONS if one.allows and " /" in one.where]
    for operation in dict.fromkeys((*theirs, *own)):
        method, _, path = operation.partition(" ")
        lines.append(f"| `{operation}` | {_listed([*needed(method, path), Scope.ALL])} |")
    lines += [
        "",
        "## What differs",
        "",
        "A test holds every answer against the specification and allows these differences only. An"
        " operation that is not listed above is answered with 404 `unknown_url`.",
        "",
        "| where | what | why |",
        "|---|---|---|",
        *(f"| `{one.where}` | {one.what} | {one.why} |" for one in DEVIATIONS),
    ]
    return "\n".join(lines) + "\n"


def decisions() -> str:
    """Returns the list of decisions, each by its own title."""
    lines = [
        "# Decisions",
        "",
        WRITTEN_BY,
        "",
        "One page for each choice that somebody may want to undo: what was decided, why, and"
        " instead of what.",
        "",
    ]
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        if path.name != "README.md":
            title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines) + "\n"


PAGES = {
    "docs/decisions/README.md": decisions,
    "docs/reference/cli.md": command_line,
    "docs/reference/errors.md": errors,
    "docs/reference/gate.md": gate_page.page,
    "docs/reference/metrics.md": metrics,
    "docs/reference/modules.md": modules,
    "docs/reference/openai-wire.md": wire,
    "docs/reference/rules.md": rules,
}


def main() -> None:
    """Writes the generated pages."""
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
