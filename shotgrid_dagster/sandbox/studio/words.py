"""The words of the studio: what things are called, and what people write about them."""

from __future__ import annotations

import random

SHOWS = [
    ("Lantern Tide", "LTD"), ("Paper Foxes", "PFX"), ("Northbound", "NBD"),
    ("Glass Orchard", "GLO"), ("The Ninth Bell", "TNB"), ("Saltwater Kings", "SWK"),
]  # fmt: skip
TEMPLATES = [
    "Film Template", "Episodic Template", "Game Template", "Commercial Template",
    "Automotive Template", "Animation Template", "Previs Template",
]  # fmt: skip

PEOPLE = [
    ("Mara", "Okafor"), ("Zoë", "Lindqvist"), ("Dario", "Conti"), ("Yuki", "Tanaka"),
    ("ليلى", "حداد"), ("Priya", "Raman"), ("Tom", "O'Neill"), ("Ana", "Silva"), ("Jiří", "Novák"),
    ("健", "山本"), ("Elif", "Demir"), ("Noah", "Becker"), ("Chloé", "Martin"), ("Ivan", "Petrov"),
    ("Sofia", "Rossi"), ("Liam", "Murphy"), ("Hana", "Kim"), ("Oscar", "Nilsson"),
    ("Amara", "Diallo"), ("Lucas", "Moreau"), ("Maya", "Cohen"), ("Felix", "Wagner"),
    ("Rosa", "Jiménez"), ("Ben", "Carter"), ("Greta", "Holm"),
]  # fmt: skip

ADJECTIVES = [
    "Old", "Broken", "Golden", "Flooded", "Tiny", "Burnt", "Paper", "Hollow", "Silver", "Wild",
]  # fmt: skip
NOUNS = {
    "Character": ["Keeper", "Fox", "Captain", "Diver", "Child"],
    "Environment": ["Harbour", "Forest", "Attic", "Market", "Station"],
    "Prop": ["Lantern", "Compass", "Teapot", "Rope", "Letter"],
    "Vehicle": ["Rowboat", "Tram", "Glider"],
    "FX": ["Fog", "Sparks", "Splash"],
    "Matte Painting": ["Skyline", "Coast"],
    "Weapon": ["Harpoon"],
    "Graphic": ["Signage"],
}

REMARKS = [
    "Edges are still crawling around the hair.", "Please match the plate grain.",
    "Approved, nice work!", "The left hand pops at frame 1043.", "Can we try a warmer key?",
    "Roto is two pixels off on the sleeve.", "Client wants more fog in the background.",
    "Contact shadows are missing under the boots.", "Timing feels rushed in the second half.",
    "Hold for the new camera.", "Looks great 🎉🔥 ship it!", "يرجى تعديل الإضاءة قليلاً",
    "少し暗いです。もう一度お願いします。",
    "First line.\r\nSecond line, as pasted from a mail.\r\n\r\nThanks",
    'The "hero" look: see C:\\refs\\look.jpg', "<b>Bold</b> & <i>italics</i> came from the client.",
]  # fmt: skip
DESCRIPTIONS = [
    "Wide on the harbour at dawn.", "She opens the letter.",
    "Fog rolls in 🌫️ and the lights go out.", "לילה. הסירה נעלמת בערפל.", "The tram passes, twice.",
    "Close on the compass\tneedle.",
    "Insert: the rope snaps.", "Everyone looks up.",
]  # fmt: skip
CHORES = ["roto", "clean-up", "dailies", "fixes", "render babysitting", "look tests", "meeting"]
TAGS = ["hero", "client", "reuse", "stereo", "night", "rain", "crowd", "trailer", "✨ favourite"]
COMPANIES = [("Harbour Light VFX", "CA"), ("Atelier Brume", "FR"), ("Blue Kite", "IN")]


def long_text(characters: int) -> str:
    """A description somebody pasted a whole document into."""
    page = "The keeper climbs the stairs, counts them, and loses count. 🌊 "
    return (page * (characters // len(page) + 1))[:characters].strip()


def asset_name(rng: random.Random, number: int) -> tuple[str, str]:
    """A name and its asset type; the number keeps names apart most of the time."""
    kind = rng.choice(list(NOUNS))
    return f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS[kind])} {number % 70:02}", kind


def maybe(rng: random.Random, share: float, words: list[str]) -> str | None:
    """One of the words, in so many of all cases."""
    return rng.choice(words) if rng.random() < share else None
