-- One row per live delivery.
-- description: What goes out when, how much of it is approved, and what is late. Built where the site has the field Delivery.sg_versions.
-- group: delivery
-- column delivery_id: the delivery; from shotgrid/deliveries.id
-- column project_id: its project; from shotgrid/deliveries.project
-- column title: from shotgrid/deliveries.title
-- column status: the status code; from shotgrid/deliveries.sg_status_list
-- column is_sent: whether its status is done, such as delivered or received; from status_meanings
-- column due_on: from shotgrid/deliveries.sg_due_date
-- column received_on: from shotgrid/deliveries.sg_received_date
-- column days_left: calendar days from as_of_on to due_on; below zero: it is over
-- column versions: the live versions in it; from shotgrid/deliveries.sg_versions
-- column versions_done: those that are approved: their status is done; from version_reviews
-- column ready_ratio: versions_done / versions, 0 to 1; null without versions
-- column is_late: whether it was due before as_of_on and is not sent
-- test: unique(delivery_id)
-- test: not_null(delivery_id, is_sent, versions, versions_done, is_late)
-- test: versions_done <= versions
-- test: ready_ratio is null or ready_ratio between 0 and 1
-- headline: sum(case when is_late then 1 else 0 end) as deliveries_late
with contents as (
    select
        links.parent_id as delivery_id,
        count(distinct version_reviews.version_id) as versions,
        count(distinct case
            when version_reviews.phase = 'done' then version_reviews.version_id
        end) as versions_done
    from deliveries__sg_versions as links
    inner join version_reviews on links.link__id = version_reviews.version_id
    group by links.parent_id
)

select
    deliveries.id as delivery_id,
    deliveries.project__id as project_id,
    deliveries.title,
    deliveries.sg_status_list as status,
    coalesce(status_meanings.is_done, false) as is_sent,
    deliveries.sg_due_date as due_on,
    deliveries.sg_received_date as received_on,
    date_diff('day', as_of.as_of_on, deliveries.sg_due_date) as days_left,
    coalesce(contents.versions, 0) as versions,
    coalesce(contents.versions_done, 0) as versions_done,
    cast(contents.versions_done as double) / contents.versions as ready_ratio,
    coalesce(
        deliveries.sg_due_date < as_of.as_of_on and not coalesce(status_meanings.is_done, false),
        false
    ) as is_late
from deliveries
cross join as_of
left join status_meanings on deliveries.sg_status_list = status_meanings.code
left join contents on deliveries.id = contents.delivery_id
where deliveries._sg_state = 'live'
