-- Every sweep of the period with what it proved.

create or replace function compliance.report_certificates(
  first_day date default null, last_day date default null, time_zone text default 'UTC', as_of timestamptz default now()
) returns table (
  project_id text,
  project_name text,
  region text,
  scope text,
  run_id bigint,
  trigger text,
  program_version text,
  config_digest text,
  mode text,
  certified boolean,
  reason text,
  quarantined boolean,
  started_at timestamptz,
  finished_at timestamptz,
  committed_at timestamptz,
  pages integer,
  requests integer,
  retries integer,
  rescans integer,
  duplicates integer,
  reported_total integer,
  distinct_ids integer,
  ids_digest text,
  inserted integer,
  updated integer,
  unchanged integer,
  retired integer,
  anomalies integer,
  error_code text
)
language sql stable as $$
  select w.project_id, j.name, j.region, w.scope, w.run_id, r.trigger, r.program_version, r.config_digest,
    w.mode, w.certified, w.reason, w.quarantined, w.started_at, w.finished_at, w.committed_at,
    w.pages, w.requests, w.retries, w.rescans, w.duplicates, w.reported_total, w.distinct_ids, w.ids_digest,
    w.inserted, w.updated, w.unchanged, w.retired, w.anomalies, w.error_code
  from compliance.report_period(first_day, last_day, time_zone, as_of) p
  join inventory.sweep w on w.started_at >= p.starts_at and w.started_at < p.ends_at and w.committed_at <= as_of
  join inventory.run r on r.run_id = w.run_id
  left join inventory.project_as_of(as_of) j on j.project_id = w.project_id
$$;
comment on function compliance.report_certificates(date, date, text, timestamptz) is 'The certificate of every reading that began in the period.';

create or replace view compliance.report_certificates as select * from compliance.report_certificates();
comment on view compliance.report_certificates is 'The certificate of every reading that began in the period. This view: the last 30 days, in UTC.';
comment on column compliance.report_certificates.project_id is 'The project.';
comment on column compliance.report_certificates.project_name is 'Its name.';
comment on column compliance.report_certificates.region is 'Its region.';
comment on column compliance.report_certificates.scope is 'The list.';
comment on column compliance.report_certificates.run_id is 'The run.';
comment on column compliance.report_certificates.trigger is 'Who asked for the run.';
comment on column compliance.report_certificates.program_version is 'Version of the program.';
comment on column compliance.report_certificates.config_digest is 'SHA-256 of its configuration.';
comment on column compliance.report_certificates.mode is 'full or recent.';
comment on column compliance.report_certificates.certified is 'The whole list was read without a hole.';
comment on column compliance.report_certificates.reason is 'Why it is not certified.';
comment on column compliance.report_certificates.quarantined is 'It missed so much that nothing was struck.';
comment on column compliance.report_certificates.started_at is 'When reading began.';
comment on column compliance.report_certificates.finished_at is 'When it ended.';
comment on column compliance.report_certificates.committed_at is 'When it became part of the inventory.';
comment on column compliance.report_certificates.pages is 'Pages received.';
comment on column compliance.report_certificates.requests is 'HTTP requests sent.';
comment on column compliance.report_certificates.retries is 'Requests sent again.';
comment on column compliance.report_certificates.rescans is 'Pages read again.';
comment on column compliance.report_certificates.duplicates is 'Items received more than once.';
comment on column compliance.report_certificates.reported_total is 'Total reported with the last page.';
comment on column compliance.report_certificates.distinct_ids is 'Distinct ids received.';
comment on column compliance.report_certificates.ids_digest is 'SHA-256 of the sorted ids.';
comment on column compliance.report_certificates.inserted is 'New rows.';
comment on column compliance.report_certificates.updated is 'Changed rows.';
comment on column compliance.report_certificates.unchanged is 'Equal rows.';
comment on column compliance.report_certificates.retired is 'Rows declared gone.';
comment on column compliance.report_certificates.anomalies is 'Wire rows or fields that were not as promised.';
comment on column compliance.report_certificates.error_code is 'The error that ended it.';
