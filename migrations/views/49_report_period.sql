-- The period of a report: whole days of a zone, as dates, so that a session's time zone cannot shift them.

create or replace function compliance.report_period(first_day date, last_day date, time_zone text, as_of timestamptz)
returns table (first_day date, last_day date, starts_at timestamptz, ends_at timestamptz)
language sql immutable as $$
  select d.first_day, d.last_day, d.first_day::timestamp at time zone time_zone,
    (d.last_day + 1)::timestamp at time zone time_zone
  from (
    select coalesce($1, coalesce($2, ($4 at time zone $3)::date) - 29), coalesce($2, ($4 at time zone $3)::date)
  ) d (first_day, last_day)
$$;
comment on function compliance.report_period(date, date, text, timestamptz) is 'The days of a report, both included. Default: the 30 days up to the instant.';

