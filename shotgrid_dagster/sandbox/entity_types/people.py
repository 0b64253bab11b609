"""Who works here: people, groups, departments, scripts, permission groups."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    checkbox,
    choice,
    color,
    common_fields,
    date_time,
    define,
    entity,
    entity_type_name,
    float_,
    multi_entity,
    notes,
    number,
    password,
    percent,
    stamps,
    tags,
    text,
    thumbnail,
)
from shotgrid_dagster.sandbox.entity_types.statuses import status_list

_SUBSCRIPTIONS = [
    checkbox(name, f"Subscribe to {what} Emails")
    for name, what in [
        ("email_all_deliveries", "All Delivery"),
        ("email_all_notes", "All Note"),
        ("email_all_security", "All Security"),
        ("email_all_tasks", "All Task"),
        ("email_all_tickets", "All Ticket"),
        ("email_all_versions", "All Version"),
        ("email_deliveries", "My Deliveries"),
        ("email_inbox_general", "My Inbox Update"),
        ("email_inbox_notes", "My Inbox Note"),
        ("email_notes", "My Notes"),
        ("email_tasks", "My Task"),
        ("email_tickets", "My Tickets"),
        ("email_version_link_cc", "Version for CC'd Link"),
        ("email_versions", "My Version"),
    ]
]

HUMAN_USER = define(
    "HumanUser",
    "Person",
    "name",
    text("name", "Name", mandatory=True),
    text("firstname", "First Name"),
    text("lastname", "Last Name"),
    text("login", "Login", unique=True),
    text("email", "Email"),
    status_list("act dis", "act"),
    entity("department", "Department", ["Department"]),
    entity("permission_rule_set", "Permission Group", ["PermissionRuleSet"], editable=False),
    multi_entity("groups", "Groups", ["Group"], through=("GroupUserConnection", "user", "group")),
    multi_entity("projects", "Projects", ["Project"]),
    multi_entity("bookings", "Bookings", ["Booking"], inverse_of="Booking.user"),
    entity("custom_home_page", "Home Page", ["Page"]),
    password("password_proxy", "Password"),
    checkbox("password_set", "Password set"),
    float_("password_strength", "Password Strength"),
    checkbox("password_change_next_login", "Require a change of password at the next sign in"),
    date_time("locked_until", "Locked Until"),
    text("sso_login", "Single Sign-On Login"),
    text("oxygen_user_id", "Autodesk Identity Id", editable=False),
    percent("merge_in_progress", "Account Merge In Progress", editable=False),
    checkbox("can_impersonate_this_user", "Can Be Impersonated"),
    checkbox("file_access", "File Access"),
    checkbox("enable_tank_integration", "Enable Integrations"),
    checkbox("analytics_truth_finder_onboarded", "Analytics Onboarded"),
    checkbox("profile_data_page_visited", "Profile Data Page Visited"),
    checkbox("welcome_page_visited", "Welcome Page Visited"),
    choice("language", "Language", ["en", "ja", "zh-hans", "ko"]),
    choice(
        "profile_role",
        "Role",
        ["production", "artist", "creative_supervisor", "technical_director", "executive", "other"],
    ),
    choice("ui_theme", "Theme", ["dark", "light"]),
    _SUBSCRIPTIONS,
    tags(),
    thumbnail(),
    stamps(),
)

API_USER = define(
    "ApiUser",
    "Script",
    "firstname",
    text("firstname", "Script Name", mandatory=True),
    text("lastname", "Version"),
    text("description", "Description"),
    text("email", "Maintainer"),
    text("salted_password", "Application Key", editable=False),
    checkbox("generate_event_log_entries", "Generate Events"),
    entity("permission_rule_set", "Permission Group", ["PermissionRuleSet"], editable=False),
    multi_entity("projects", "Projects", ["Project"]),
    tags(),
    thumbnail(),
    stamps(),
)

GROUP = define(
    "Group",
    "Group",
    "code",
    text("code", "Group Name", mandatory=True),
    multi_entity("users", "Users", ["HumanUser"], through=("GroupUserConnection", "group", "user")),
    notes(),
    tags(),
    stamps(),
)

DEPARTMENT = define(
    "Department",
    "Department",
    "name",
    text("name", "Department Name", mandatory=True),
    text("code", "Department Short Name"),
    choice("department_type", "Department Type"),
    status_list("act dis", "act"),
    number("list_order", "Order"),
    color("color", "Color"),
    multi_entity("users", "People", ["HumanUser"], inverse_of="HumanUser.department"),
    common_fields(filmstrip=False),
)

PERMISSION_RULE_SET = define(
    "PermissionRuleSet",
    "Permission Rule Set",
    "display_name",
    text("code", "Code", editable=False),
    text("display_name", "Display Name", editable=False),
    entity_type_name("entity_type", "Entity Type", editable=False),
    entity("parent_set", "Parent Permission Role", ["PermissionRuleSet"], editable=False),
)

ENTITY_TYPES = [HUMAN_USER, API_USER, GROUP, DEPARTMENT, PERMISSION_RULE_SET]
