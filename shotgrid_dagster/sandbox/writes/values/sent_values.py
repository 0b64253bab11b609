"""One value as it was sent in a write, with the names that its refusals are written with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shotgrid_dagster.sandbox.errors import (
    REFUSED,
    ApiError,
    invalid,
    invalid_link,
    no_link,
    refused,
)
from shotgrid_dagster.sandbox.ruby_text import LINK, class_name, inspect
from shotgrid_dagster.sandbox.store.schema import EntityType, Field


@dataclass(frozen=True)
class Sent:
    """A value as it was sent."""

    verb: str
    """`create` or `update`."""
    entity_type: EntityType
    field: Field
    value: object

    @property
    def name(self) -> str:
        """The field in the spelling of refusals: `Shot.code`."""
        return f"{self.entity_type.name}.{self.field.name}"

    def wrong_class(self, *expected: str) -> ApiError:
        """The 400/103 of a value of another class; `expected` are Ruby's names of classes."""
        text = (
            f"expected [{', '.join(expected)}] data type(s)"
            f" but got {class_name(self.value)}: {inspect(self.value)}"
        )
        return invalid(f"API {self.verb}() {self.name} {text}", {self.name: f" {text}"})

    def wrong_value(self, text: str) -> ApiError:
        """A value of the right class that is not legal: `text` says what is expected."""
        title = f"API {self.verb}() {self.name} {text}"
        return invalid(title, {self.name: f" {text}. Value: {inspect(self.value)}"})

    def wrong_link(self, value: object, entity_types: Iterable[str]) -> ApiError:
        """A link that is no hash or has no type. `entity_types`: the site's."""
        if isinstance(value, dict):
            return invalid_link(self.verb, inspect(value), entity_types)
        if self.field.data_type == "multi_entity":
            return no_link(self.verb, inspect(value))
        return self.wrong_class(*LINK)

    def wrong_mode(self) -> ApiError:
        """A hash for a multi link that does not say how the link is changed."""
        return invalid(f"API {self.verb}() invalid/missing string 'multi_entity_update_mode'", {})

    def wrong_truth(self) -> ApiError:
        """A text that is neither `true` nor `false`."""
        text = f"Invalid data for 'checkbox' data type. Value: {self.value}"
        return invalid(f"API {self.verb}() {self.name} {text}", {self.name: f" {text}"})

    def read_only(self) -> ApiError:
        """The 400/103 of a field that nobody may set."""
        return invalid(f"API {self.verb}() {self.name} is read only.")

    def on_create_only(self) -> ApiError:
        """The 400/103 of a field that is set when the row is made, and never again."""
        return invalid(f"API {self.verb}() {self.name} is editable on create only.")

    def not_for_this_user(self) -> ApiError:
        """The 400/104 of a field that others may set."""
        return refused(f"The field is not editable for this user: [{self.name}].")

    def failed(self, text: str) -> ApiError:
        """400/104: the record layer refuses the value."""
        subject = self.name if self.verb == "update" else self.entity_type.name
        return ApiError(400, REFUSED, f"{self.verb.title()} failed for [{subject}]: {text}")

    def not_legal(self, legal: list[str] | None = None) -> ApiError:
        """The 400/104 of a value that is none of the legal ones."""
        among = "" if legal is None else f" Legal values: {', '.join(legal)}"
        return self.failed(f"Value is not legal.{among}")


def unknown_field(verb: str, entity_type: str, field: str, value: object) -> ApiError:
    """The 400/103 of a field that is not there."""
    name = f"{entity_type}.{field}"
    source = {name: f" does not exist. Value: {inspect(value)}"}
    return invalid(f"API {verb}() {name} doesn't exist.", source)
