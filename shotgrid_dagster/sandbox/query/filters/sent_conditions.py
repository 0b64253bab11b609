"""One condition of a filter, `[path, relation, value]`, and how the site refuses it."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.sandbox.errors import ApiError, invalid, invalid_link, no_link
from shotgrid_dagster.sandbox.ruby_text import LINK, class_name, inspect

NUMBERS = ("is", "is_not", "greater_than", "less_than", "between", "in", "not_in")
DATES = (
    "is", "is_not", "greater_than", "less_than", "in_last", "not_in_last", "in_next",
    "not_in_next", "in_calendar_day", "in_calendar_week", "in_calendar_month",
    "in_calendar_year", "between", "in", "not_in",
)  # fmt: skip
CHOICES = ("is", "is_not", "in", "not_in")
LINKED = (
    "is", "is_not", "name_contains", "name_not_contains", "name_is", "type_is", "type_is_not",
    "in", "not_in",
)  # fmt: skip
TEXT = (
    "contains", "not_contains", "is", "is_not", "starts_with", "ends_with", "in", "not_in",
)  # fmt: skip
RELATIONS = {
    "text": TEXT,
    **dict.fromkeys(("number", "float", "currency", "duration", "percent", "timecode"), NUMBERS),
    **dict.fromkeys(("date", "date_time"), DATES),
    **dict.fromkeys(("list", "status_list", "entity_type", "color", "uuid"), CHOICES),
    **dict.fromkeys(("entity", "multi_entity"), LINKED),
    "checkbox": ("is", "is_not"),
    "image": ("is", "is_not"),
    "jsonb": ("is", "is_not", "contains", "not_contains"),
    "pivot_column": ("is", "is_not"),
}
"""Data type -> its relations. A type that is not here cannot be filtered by."""

NEGATIONS = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "not_in_last": "in_last",
    "not_in_next": "in_next",
    "name_not_contains": "name_contains",
    "type_is_not": "type_is",
}
"""Each also matches rows without a value."""


@dataclass(frozen=True)
class SentCondition:
    """A condition as it was sent, with the names that its refusals are written with."""

    verb: str
    """`read`, `summarize` or `_text_search`."""
    owner: str
    """The entity type that has the field."""
    path: str
    relation: str
    value: object
    data_type: str = ""
    """The field's; empty as long as it is not known that there is such a field."""
    entity_types: tuple[str, ...] = ()
    """The site's, which refusals of links list."""

    @property
    def field(self) -> str:
        """The field in the spelling of refusals: `Shot.code`."""
        return f"{self.owner}.{self.path.split('.')[-1]}"

    @property
    def _sent(self) -> str:
        return inspect({"path": self.path, "relation": self.relation, "values": [self.value]})

    def unknown(self, name: str) -> ApiError:
        """`name`: the type and field that is not there, e.g. `Shot.sg_nope`."""
        title = f"API {self.verb}() {name} doesn't exist."
        return invalid(title, {name: f" does not exist. Value: {self._sent}"})

    def unfilterable(self, data_type: str) -> ApiError:
        """The 400/103 of a field whose data type takes no filter."""
        text = "data type cannot be used in a filter."
        return invalid(
            f"API {self.verb}() {self.field}'s '{data_type}' {text}",
            {self.field: f" {text} Value: {self._sent}"},
        )

    def wrong_relation(self, data_type: str) -> ApiError:
        """The 400/103 of a relation that the data type does not have; it lists those it has."""
        text = f"data type doesn't support '{self.relation}' 'relation'"
        legal = inspect(list(RELATIONS[data_type]))
        return invalid(
            f"API {self.verb}() {self.field}'s '{data_type}' {text}",
            {self.field: f" {text}. Value: {self._sent} Valid relations: {legal}"},
        )

    def wrong_class(self, expected: tuple[str, ...], got: object) -> ApiError:
        """The 400/103 of a value of another class; `expected` are Ruby's names of classes."""
        text = (
            f"expected [{', '.join(expected)}] data type(s)"
            f" but got {class_name(got)}: {inspect(got)}"
        )
        return invalid(f"API {self.verb}() {self.field} {text}", {self.field: f" {text}"})

    def wrong_link(self, value: object) -> ApiError:
        """A link that is no hash, has no type, or has a type that the field does not take."""
        if isinstance(value, dict):
            return invalid_link(self.verb, inspect(value), self.entity_types)
        if self.data_type == "multi_entity":
            return no_link(self.verb, inspect(value))
        return self.wrong_class(LINK, value)

    def wrong_truth(self) -> ApiError:
        """A text that is neither `true` nor `false`."""
        text = f"Invalid data for 'checkbox' data type. Value: {self.value}"
        return invalid(f"API {self.verb}() {self.field} {text}", {self.field: f" {text}"})

    def wrong_value(self, text: str) -> ApiError:
        """A value of the right class that is not legal: `text` says what is expected."""
        title = f"API {self.verb}() {self.field} {text}"
        return invalid(title, {self.field: f" {text}. Value: {self._sent}"})
