"""How the site spells values in its messages: as Ruby's `inspect` does."""

from __future__ import annotations

import json

TRUTH = ("String", "FalseClass", "TrueClass")
"""What a checkbox takes."""
LINK = (
    "Hash",
    "ActiveSupport::HashWithIndifferentAccess",
    "ActionDispatch::Http::Parameters",
    "ActionDispatch::Http::ParamsHashWithIndifferentAccess",
    "NilClass",
)
"""What a single link takes."""


def class_name(value: object) -> str:
    """`Integer`, `NilClass`, `Hash`, ... of a decoded JSON value."""
    if value is None:
        return "NilClass"
    if isinstance(value, bool):
        return "TrueClass" if value else "FalseClass"
    names = {int: "Integer", float: "Float", str: "String", list: "Array", dict: "Hash"}
    return names[type(value)]


def inspect(value: object) -> str:
    """`{"type" => "Shot", "id" => nil}`: as Ruby has spelt hashes since 3.4."""
    if value is None:
        return "nil"
    if isinstance(value, dict):
        pairs = (f"{inspect(key)} => {inspect(member)}" for key, member in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inspect(member) for member in value) + "]"
    return json.dumps(value, ensure_ascii=False)
