"""Form fields: label above, hint below, error in its place, one marker for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.elements.mixins.value_element import ValueElement

from studio.ui.kit.text import Text

T = TypeVar("T")
OnChange = Callable[[Any], Any] | None
"""Called with the new value."""


class Field(Element, Generic[T]):
    """A labelled control: `name = text_field("Name", marker="name")`; read `name.value`."""

    def __init__(
        self,
        label: str,
        make: Callable[[], ValueElement[Any]],
        *,
        hint: str = "",
        marker: str,
        on_change: OnChange = None,
        label_beside: bool = False,
    ) -> None:
        super().__init__("div")
        self.classes("ls-field" + (" ls-field-beside" if label_beside else ""))
        with self:
            self._label = TextElement(tag="label", text=label).classes("ls-field-label")
            self.control = make().mark(marker)
            self._hint = Text(hint, "small").classes("ls-field-hint")
            self._error = Text("", "small").classes("ls-field-error")
        name, props = f"f{self.id}", self.control.props
        if not isinstance(self.control, ui.select):
            # A select is named by its aria-label alone; a second label would say it twice.
            self._label.props["for"] = name
        props["for"] = name  # Quasar hands it to the native control as its id
        props["aria-label"] = label
        props["data-testid"] = marker
        props["aria-describedby"] = f"c{self._hint.id} c{self._error.id}"
        self._hint.set_visibility(bool(hint))
        self._error.set_visibility(False)
        self._error.props["role"] = "alert"
        if on_change is not None:
            self.control.on_value_change(lambda change: on_change(self.value))

    @property
    def value(self) -> T:
        """What the user chose or wrote."""
        return self.control.value  # type: ignore[no-any-return]  # the makers below fix T

    @value.setter
    def value(self, value: T) -> None:
        self.control.set_value(value)

    def set_error(self, text: str | None) -> None:
        """Shows what is wrong with the value, or that nothing is."""
        self._error.set_text(text or "")
        self._error.set_visibility(bool(text))
        self.control.props["aria-invalid"] = "true" if text else "false"
        self.classes(add="ls-invalid") if text else self.classes(remove="ls-invalid")

    def set_hint(self, text: str) -> None:
        """Shows another hint."""
        self._hint.set_text(text)
        self._hint.set_visibility(bool(text))

    def set_enabled(self, enabled: bool) -> None:
        """Lets it be changed, or not."""
        self.control.props["disable"] = not enabled

    def set_options(self, options: dict[Any, str], *, value: Any = None) -> None:
        """Gives a select field other options, and a value among them."""
        if not isinstance(self.control, ui.select):
            raise TypeError("Only a select field has options.")
        self.control.set_options(options, value=value)

    def focus(self) -> None:
        """Puts the cursor into it, for example into the first field with an error."""
        self.control.run_method("focus")


def text_field(
    label: str,
    *,
    value: str = "",
    hint: str = "",
    marker: str,
    on_change: OnChange = None,
    placeholder: str = "",
    password: bool = False,
    on_enter: Callable[[], Any] | None = None,
) -> Field[str]:
    """One line of text; `password` hides it."""

    def make() -> ui.input:
        made = ui.input(value=value, placeholder=placeholder, password=password)
        _dress(made)
        if password:
            made.props["autocomplete"] = "new-password"
        return made

    field: Field[str] = Field(label, make, hint=hint, marker=marker, on_change=on_change)
    if on_enter is not None:
        field.control.on("keydown.enter", lambda: on_enter(), [])
    return field


def textarea_field(
    label: str,
    *,
    value: str = "",
    hint: str = "",
    marker: str,
    on_change: OnChange = None,
    placeholder: str = "",
    rows: int = 4,
) -> Field[str]:
    """Several lines of text that grow with what is written."""

    def make() -> ui.textarea:
        made = ui.textarea(value=value, placeholder=placeholder)
        _dress(made)
        made.props["autogrow"] = True
        made.props["input-style"] = f"min-height:{1.45 * rows:.2f}em"
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change)


def number_field(
    label: str,
    *,
    value: float | None,
    hint: str = "",
    marker: str,
    on_change: OnChange = None,
    min: float | None = None,  # noqa: A002 - the word the HTML control uses
    max: float | None = None,  # noqa: A002
    step: float | None = None,
    suffix: str = "",
) -> Field[float | None]:
    """A number; `value` is None while the field is empty."""

    def make() -> ui.number:
        made = ui.number(value=value, min=min, max=max, step=step)
        _dress(made)
        if suffix:
            made.props["suffix"] = suffix
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change)


def select_field(
    label: str,
    *,
    options: dict[Any, str],
    value: Any = None,
    hint: str = "",
    marker: str,
    on_change: OnChange = None,
    searchable: bool = False,
) -> Field[Any]:
    """One of several options, given as value → label; `searchable` lets the user type to narrow."""

    def make() -> ui.select:
        made = ui.select(options, value=value if value in options else None, with_input=searchable)
        _dress(made)
        made.props["options-dense"] = True
        made.props["behavior"] = "menu"
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change)


def slider_field(
    label: str,
    *,
    value: float,
    hint: str = "",
    marker: str,
    on_change: OnChange = None,
    min: float = 0,  # noqa: A002 - the word the HTML control uses
    max: float = 100,  # noqa: A002
    step: float = 1,
) -> Field[float]:
    """A number that is felt rather than typed; arrow keys move it."""

    def make() -> ui.slider:
        made = ui.slider(min=min, max=max, step=step, value=value)
        made.props["label"] = True
        made.props["dense"] = True
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change)


def date_field(
    label: str, *, value: str = "", hint: str = "", marker: str, on_change: OnChange = None
) -> Field[str]:
    """A day as YYYY-MM-DD, empty while unknown; the browser brings its own calendar."""

    def make() -> ui.input:
        made = ui.input(value=value)
        _dress(made)
        made.props["type"] = "date"
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change)


def switch_field(
    label: str, *, value: bool = False, hint: str = "", marker: str, on_change: OnChange = None
) -> Field[bool]:
    """Something that is on or off."""

    def make() -> ui.switch:
        made = ui.switch(value=value)
        made.props["dense"] = True
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change, label_beside=True)


def check_field(
    label: str, *, value: bool = False, hint: str = "", marker: str, on_change: OnChange = None
) -> Field[bool]:
    """Something that one agrees to."""

    def make() -> ui.checkbox:
        made = ui.checkbox(value=value)
        made.props["dense"] = True
        return made

    return Field(label, make, hint=hint, marker=marker, on_change=on_change, label_beside=True)


def _dress(control: Element) -> None:
    for name in ("outlined", "dense", "hide-bottom-space"):
        control.props[name] = True
    control.classes("ls-control")
