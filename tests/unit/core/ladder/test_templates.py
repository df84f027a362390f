from __future__ import annotations

import pytest

from studio.core.ladder.readiness import TASKS
from studio.core.ladder.templates import TEMPLATES
from studio.domain.charters import Template, UseCase


def test_every_use_case_has_one_template() -> None:
    assert [template.use_case for template in TEMPLATES] == list(UseCase)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.use_case)
def test_a_template_is_ready_to_begin_with(template: Template) -> None:
    assert template.task_type in dict(TASKS)
    assert 0 < template.target < 1
    for text in (template.objective, template.system_prompt, template.watch_out):
        assert text.endswith(".")
        assert len(text) > 40
