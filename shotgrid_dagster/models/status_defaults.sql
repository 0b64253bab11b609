-- One row per status code whose phase a studio usually agrees on.
-- description: What statuses mean where the site does not say it: edit the list below to make it your studio's.
-- group: dimensions
-- column code: the status code; from nothing: it is written in this file
-- column phase: waiting, active, review, done, on_hold or left_out
-- test: unique(code)
-- test: not_null(code, phase)
-- test: phase in ('waiting', 'active', 'review', 'done', 'on_hold', 'left_out')
-- A status is looked up here after the site's own groups (Upcoming, Active, Done) were asked: see status_meanings.
select 'wtg' as code, 'waiting' as phase
union all select 'rdy', 'waiting'
union all select 'ready', 'waiting'
union all select 'opn', 'waiting'
union all select 'bid', 'waiting'
union all select 'ip', 'active'
union all select 'act', 'active'
union all select 'vwd', 'active'
union all select 'rrq', 'active'
union all select 'kickbk', 'active'
union all select 'rev', 'review'
union all select 'pndng', 'review'
union all select 'fin', 'done'
union all select 'apr', 'done'
union all select 'cmpt', 'done'
union all select 'clsd', 'done'
union all select 'dlvr', 'done'
union all select 'recd', 'done'
union all select 'res', 'done'
union all select 'hld', 'on_hold'
union all select 'blk', 'on_hold'
union all select 'omt', 'left_out'
union all select 'na', 'left_out'
union all select 'dis', 'left_out'
