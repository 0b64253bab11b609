-- One row per project, kind of file and day on which files were published.
-- description: How many files are published, and how many there are by then. A site knows no file sizes, so volume is a number of files.
-- group: delivery
-- column project_id: the project; null for files of none; from shotgrid/published_files.project
-- column file_type_id: the kind of file; null for files without one; from shotgrid/published_files.published_file_type
-- column file_type: its name when the files were read; from shotgrid/published_files.published_file_type
-- column published_on: the day in the studio's time zone; null for files without a date, or with one outside the calendar; from shotgrid/published_files.created_at
-- column files: files published on that day, live ones
-- column streams: how many different names they have: files of one stream share a name; from shotgrid/published_files.name
-- column files_so_far: files of the project and kind until the end of that day
-- test: unique(project_id, file_type_id, published_on)
-- test: not_null(files, files_so_far)
-- test: files >= 1
-- test: streams <= files
-- test: files_so_far >= files
-- headline: sum(files) as files
with published as (
    select
        published_files.project__id as project_id,
        published_files.published_file_type__id as file_type_id,
        published_files.published_file_type__name as file_type,
        published_files.name as stream,
        days.day as published_on
    from published_files
    left join calendar_in_utc as days
        on days.project_id = 0
        and cast(published_files.created_at as date) = days.date_in_utc
        and published_files.created_at >= days.begins_at
        and published_files.created_at < days.ends_at
    where published_files._sg_state = 'live'
),

daily as (
    select
        project_id,
        file_type_id,
        min(file_type) as file_type,
        published_on,
        count(*) as files,
        count(distinct stream) as streams
    from published
    group by project_id, file_type_id, published_on
)

select
    project_id,
    file_type_id,
    file_type,
    published_on,
    files,
    streams,
    cast(sum(files) over (
        partition by project_id, file_type_id
        order by case when published_on is null then 1 else 0 end, published_on
        rows between unbounded preceding and current row
    ) as bigint) as files_so_far
from daily
