"""The work: tasks, what orders them, their templates, time spent and time booked."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    CREW,
    calculated,
    carbon_copy,
    checkbox,
    choice,
    color,
    date,
    define,
    duration,
    entity,
    entity_type_name,
    float_,
    multi_entity,
    notes,
    number,
    percent,
    project,
    serializable,
    stamps,
    tags,
    text,
    thumbnail,
)
from shotgrid_dagster.sandbox.entity_types.statuses import status_list

_LOGGED = (
    "(select coalesce(sum(l.duration), 0) from time_logs l"
    " where l.entity__id = t.id and l.entity__type = 'Task' and l._retired_at is null)"
)

TASK = define(
    "Task",
    "Task",
    "content",
    text("content", "Task Name", mandatory=True, summary_default="record_count"),
    text("sg_description", "Description"),
    status_list(
        "wtg ip fin apr dis na hld rev omt ready", "wtg", summary_default="status_percentage"
    ),
    project(),
    entity("entity", "Link", ["Asset", "Episode", "Scene", "Sequence", "Shot", "Version"]),
    entity("step", "Pipeline Step", ["Step"]),
    multi_entity("task_assignees", "Assigned To", CREW),
    multi_entity("task_reviewers", "Reviewer", CREW),
    date("start_date", "Start Date", summary_default="earliest"),
    date("due_date", "Due Date", summary_default="latest"),
    duration("duration", "Duration"),
    duration("est_in_mins", "Bid"),
    duration("time_logs_sum", "Time Logged", editable=False, default_value=0, expression=_LOGGED),
    duration(
        "time_vs_est",
        "Time Logged - Over/Under Bid",
        editable=False,
        expression=f"{_LOGGED} - t.est_in_mins",
    ),
    percent(
        "time_percent_of_est",
        "Time Logged - % of Bid",
        editable=False,
        expression=f"cast(round(100.0 * {_LOGGED} / nullif(t.est_in_mins, 0)) as integer)",
    ),
    calculated(
        "workload",
        "Workload",
        editable=False,
        expression="t.duration * json_array_length(t.task_assignees)",
        calculated_function="{duration} * COUNT({task_assignees})",
        renderer="duration",
    ),
    calculated(
        "sg_bid_days",
        "Bid (days)",
        editable=False,
        custom=True,
        expression="t.est_in_mins / 480.0",
        calculated_function="{est_in_mins} / 480",
        renderer="float",
    ),
    multi_entity(
        "upstream_tasks",
        "Upstream Dependency",
        ["Task"],
        through=("TaskDependency", "task", "dependent_task"),
    ),
    multi_entity(
        "downstream_tasks",
        "Downstream Dependency",
        ["Task"],
        through=("TaskDependency", "dependent_task", "task"),
    ),
    checkbox("dependency_violation", "Dependency Violation", editable=False),
    checkbox("pinned", "Pinned"),
    checkbox("milestone", "Milestone"),
    checkbox("implicit", "Implicit"),
    serializable("splits", "Splits"),
    serializable("split_durations", "Split Durations", editable=False),
    entity("task_template", "Task Template", ["TaskTemplate"]),
    entity("template_task", "Template Task", ["Task"]),
    number("sg_sort_order", "Sort Order"),
    color("color", "Gantt Bar Color", default_value="pipeline_step"),
    date("inventory_date", "Inventory Date", editable=False),
    choice("sg_priority", "Priority", ["1_Tier", "2_Tier", "3_Tier"], custom=True),
    carbon_copy(),
    notes("Note.tasks"),
    tags(),
    thumbnail(),
    stamps(),
    computed_once=(_LOGGED,),
)

TASK_DEPENDENCY = define(
    "TaskDependency",
    "Task Dependency",
    None,
    entity("task", "Task", ["Task"]),
    entity("dependent_task", "Dependent Task", ["Task"]),
    number("task_id", "Task Id", editable=False, expression="t.task__id"),
    number(
        "dependent_task_id", "Dependent Task Id", editable=False, expression="t.dependent_task__id"
    ),
    text("dependency_type", "Dependency Type", default_value="finish-to-start-next-day"),
    number("offset_days", "Offset Days"),
    float_("shift_ratio", "Shift Ratio"),
)

TASK_TEMPLATE = define(
    "TaskTemplate",
    "Task Template",
    "code",
    text("code", "Task Template Name", mandatory=True),
    text("description", "Description"),
    entity_type_name("entity_type", "Entity Type", editable=False),
    number(
        "task_count",
        "Tasks",
        editable=False,
        expression="cast((select count(*) from tasks k where k.task_template__id = t.id"
        " and k.project__id is null and k._retired_at is null) as text)",
    ),
    multi_entity(
        "projects", "Restrict to Projects", ["Project"], inverse_of="Project.task_templates"
    ),
    notes(),
    stamps(),
)

TIME_LOG = define(
    "TimeLog",
    "Time Log",
    None,
    date("date", "Date"),
    text("description", "Description"),
    duration("duration", "Duration", default_value=0),
    project(),
    entity("entity", "Link", ["Task", "Ticket"]),
    entity("user", "Person", ["HumanUser"]),
    stamps(),
)

BOOKING = define(
    "Booking",
    "Booking",
    None,
    date("start_date", "Start Date"),
    date("end_date", "End Date"),
    text("note", "Note"),
    checkbox("vacation", "Vacation"),
    percent("percent_allocation", "% Allocation", default_value=100),
    status_list("cfrm pndng", None),
    project(),
    entity("user", "Assigned To", ["HumanUser"]),
    notes(),
    stamps(),
)

ENTITY_TYPES = [TASK, TASK_DEPENDENCY, TASK_TEMPLATE, TIME_LOG, BOOKING]
