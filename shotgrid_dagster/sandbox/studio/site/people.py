"""Who works at the studio: people, their departments and groups, and the scripts."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.instants import DAY, instant
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.clock import NOW, SITE_OPENED
from shotgrid_dagster.sandbox.studio.studio import Studio
from shotgrid_dagster.sandbox.studio.words import PEOPLE

SCRIPT_NAME = "shotgrid_dagster"
"""The script that reads the site. What it writes leaves no events, as with most scripts."""
LOGGED_SCRIPT_NAME = "toolkit"
"""A script whose writes are logged."""

ROLES = [("admin", 12), ("artist", 6), ("manager", 3), ("vendor", 4)]
DEPARTMENTS = [
    ("Production", "prod"), ("Animation", "anim"), ("Lighting", "lgt"), ("Compositing", "comp"),
    ("Assets", "asset"), ("Pipeline", "pipe"),
]  # fmt: skip
DISABLED = frozenset({9, 17, 24})
"""Numbers of people who left and whose accounts are kept."""

TIME_KEEPER = "timelog_import"
"""A script without events: what it writes is in no log."""
SCRIPTS = [
    (SCRIPT_NAME, "1.0", False), (LOGGED_SCRIPT_NAME, "1.0", True), (TIME_KEEPER, "2.3", False),
    ("ingest", "1.0", True), ("review_export", "1.1", True), ("farm_reporter", "0.9", False),
    ("slack_bridge", "1.0", False), ("editorial_sync", "3.0", True), ("backup", "1.0", False),
    ("wall_display", "1.0", False), ("delivery_packer", "1.4", True), ("crew_sync", "1.0", False),
    ("thumbnailer", "1.0", False), ("audit", "1.0", False), ("legacy_tools", "0.1", False),
    ("bid_import", "1.0", True),
]  # fmt: skip
"""Name, version, and whether what it writes is logged."""


@dataclass(frozen=True)
class Staff:
    """Everybody who can be the writer of something. Known before anybody is written down."""

    people: list[Ref]
    """Live accounts, disabled ones among them."""
    departed: Ref
    """A deleted account, whose login somebody else has now."""
    scripts: dict[str, Ref]

    @property
    def admin(self) -> Ref:
        """Who set the site up."""
        return self.people[0]

    @property
    def producers(self) -> list[Ref]:
        """Who plans, reviews and deletes."""
        return self.people[1:5]

    @property
    def artists(self) -> list[Ref]:
        """Who works on tasks."""
        return self.people[5:]


def make_staff(size: int) -> Staff:
    """So many people, and who left them."""
    names = [_name(number) for number in range(size)]
    people = [Ref("HumanUser", number, name) for number, name in enumerate(names, start=1)]
    departed = Ref("HumanUser", len(people) + 1, "Max Retired", is_live=False)
    scripts = {
        name: Ref("ApiUser", number, f"{name} {version}")
        for number, (name, version, _) in enumerate(SCRIPTS, start=1)
    }
    return Staff(people, departed, scripts)


def _name(number: int) -> str:
    """Who is hired later shares a first name with one colleague and a last name with another."""
    generation, position = divmod(number, len(PEOPLE))
    last_name = PEOPLE[(position + generation) % len(PEOPLE)][1]
    return f"{PEOPLE[position][0]} {last_name}"


def make_people(studio: Studio, staff: Staff, projects: list[Ref]) -> list[Ref]:
    """Write everybody down. Returns the groups."""
    admin = staff.admin
    rules = _permission_groups(studio, admin)
    departments = [
        studio.make(
            "Department",
            SITE_OPENED + number,
            admin,
            {
                "name": name,
                "code": code,
                "sg_status_list": "act",
                "list_order": number,
                "color": f"{40 * number},120,200",
            },
        )
        for number, (name, code) in enumerate(DEPARTMENTS, start=1)
    ]
    studio.make(
        "Department",
        SITE_OPENED + 9,
        admin,
        {"name": "Miniatures", "code": "mini", "sg_status_list": "act"},
        retired_at=SITE_OPENED + 90 * DAY,
    )
    _accounts(studio, staff, projects, rules, departments)
    groups = _groups(studio, staff)
    for name, version, generates_events in SCRIPTS:
        studio.make(
            "ApiUser",
            SITE_OPENED + 3_600,
            admin,
            {
                "firstname": name,
                "lastname": version,
                "description": f"Key of {name}",
                "email": "pipeline@sandbox.example",
                "salted_password": "*******",
                "generate_event_log_entries": generates_events,
                "permission_rule_set": rules["api_admin"],
                "projects": projects[-1:] if name == "wall_display" else [],
            },
            row_id=staff.scripts[name].id,
        )
    studio.make(
        "ApiUser",
        SITE_OPENED + 7_200,
        admin,
        {"firstname": "old_sync", "lastname": "0.1", "permission_rule_set": rules["api_admin"]},
        retired_at=SITE_OPENED + 200 * DAY,
    )
    return groups


def _permission_groups(studio: Studio, admin: Ref) -> dict[str, Ref]:
    rules: dict[str, Ref] = {}
    for code, entity_type in [
        ("admin", "PermissionRuleSet.HumanUser"), ("manager", "PermissionRuleSet.HumanUser"),
        ("artist", "PermissionRuleSet.HumanUser"), ("vendor", "PermissionRuleSet.HumanUser"),
        ("api_admin", "PermissionRuleSet.ApiUser"), ("api_read", "PermissionRuleSet.ApiUser"),
    ]:  # fmt: skip
        rules[code] = studio.make(
            "PermissionRuleSet",
            SITE_OPENED,
            admin,
            {
                "code": code,
                "display_name": code.replace("_", " ").title(),
                "entity_type": entity_type,
                "parent_set": rules["api_admin"] if code == "api_read" else None,
            },
            is_logged=False,
        )
    return rules


def _accounts(
    studio: Studio,
    staff: Staff,
    projects: list[Ref],
    rules: dict[str, Ref],
    departments: list[Ref],
) -> None:
    rng = studio.stream("people")
    roles = [role for role, many in ROLES for _ in range(many)]
    for person in [*staff.people, staff.departed]:
        first, last = str(person.name).split(" ", 1)
        login = f"user{person.id:02}" if person.is_live else "user05"
        role = roles[(person.id - 1) % len(roles)]
        hired_at = SITE_OPENED + person.id * 60
        history = []
        if person.id in DISABLED:
            history = [(NOW - rng.randint(20, 200) * DAY, "dis", staff.admin)]
        studio.make(
            "HumanUser",
            hired_at,
            staff.admin,
            {
                "name": person.name,
                "firstname": first,
                "lastname": last,
                "login": login,
                "email": f"{login}@sandbox.example",
                "sg_status_list": "act",
                "department": departments[person.id % len(departments)],
                "permission_rule_set": rules[role],
                "projects": rng.sample(projects, k=rng.randint(1, len(projects))),
                "can_impersonate_this_user": role != "admin",
                "password_set": True,
                "password_strength": 0.04 if person.id % 3 else None,
                "file_access": role != "vendor",
                "language": "en",
                "profile_role": "artist" if role == "artist" else "production",
                "email_notes": True,
                "email_tasks": person.id % 2 == 0,
                "image": studio.media(f"person_{person.id}.jpg") if person.id % 2 else None,
            },
            row_id=person.id,
            history=history,
            retired_at=None if person.is_live else SITE_OPENED + 300 * DAY,
        )


def _groups(studio: Studio, staff: Staff) -> list[Ref]:
    groups = []
    for number, (name, members) in enumerate(
        [
            ("Supervisors", staff.people[1:5]),
            ("Compositors", staff.people[8:14]),
            ("Night Shift", []),
            ("Freelancers", []),
            ("Unused", staff.people[2:4]),
        ]
    ):
        group = studio.make(
            "Group",
            SITE_OPENED + 4_000 + number,
            staff.admin,
            {"code": name},
            retired_at=SITE_OPENED + 100 * DAY if name == "Unused" else None,
        )
        if group.is_live:
            groups.append(group)
        for member in members:
            studio.connect("GroupUserConnection", group=group, user=member)
    return groups


def make_logins(studio: Studio, staff: Staff, count: int) -> None:
    """People signing in: events that change nothing."""
    rng = studio.stream("logins")
    for _ in range(count):
        person, at = rng.choice(staff.people), rng.randint(SITE_OPENED + 30 * DAY, NOW)
        meta = {"type": "user_login", "login": f"user{person.id:02}", "at": instant(at)}
        studio.events.happened(
            at,
            "Shotgun_User_Login",
            meta,
            person,
            person,
            None,
            description=f"{person.name} logged in",
        )
