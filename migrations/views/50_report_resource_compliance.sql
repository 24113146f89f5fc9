-- Every finding, with its question and the exemption behind it.

create or replace function compliance.report_resource_compliance(
  as_of timestamptz default now()
) returns table (
  control_id text,
  control_title text,
  project_id text,
  project_name text,
  region text,
  instance_id text,
  instance_name text,
  verdict text,
  reason_code text,
  measured_value double precision,
  threshold_value double precision,
  unit text,
  evidence_backup_ids text[],
  exemption_owner text,
  exemption_reason text,
  exemption_expires_at timestamptz,
  data_as_of timestamptz,
  basis_run_id bigint,
  evaluated_at timestamptz
)
language sql stable as $$
  select f.control_id, c.title, f.project_id, f.project_name, f.region, f.instance_id, f.instance_name,
    f.verdict, f.reason_code, f.measured_value, f.threshold_value, f.unit, f.evidence_backup_ids,
    e.owner, e.reason, e.expires_at, f.data_as_of, f.basis_run_id, f.evaluated_at
  from compliance.finding_at(as_of) f
  join compliance.control c on c.control_id = f.control_id
  left join inventory.instance_as_of(as_of) i on i.project_id = f.project_id and i.instance_id = f.instance_id
  left join lateral compliance.exemption_at(
    as_of, f.control_id, f.project_id, f.project_name, f.instance_name, i.datastore_type
  ) e on f.verdict = 'EXEMPT' or f.reason_code = 'exemption_expired'
$$;
comment on function compliance.report_resource_compliance(timestamptz) is 'What every control says of every instance at an instant.';

create or replace view compliance.report_resource_compliance as select * from compliance.report_resource_compliance();
comment on view compliance.report_resource_compliance is 'What every control says of every instance at an instant. This view: now.';
comment on column compliance.report_resource_compliance.control_id is 'The control.';
comment on column compliance.report_resource_compliance.control_title is 'Its short name.';
comment on column compliance.report_resource_compliance.project_id is 'The project.';
comment on column compliance.report_resource_compliance.project_name is 'Its name.';
comment on column compliance.report_resource_compliance.region is 'Its region.';
comment on column compliance.report_resource_compliance.instance_id is 'The instance.';
comment on column compliance.report_resource_compliance.instance_name is 'Its name.';
comment on column compliance.report_resource_compliance.verdict is 'COMPLIANT, NON_COMPLIANT, UNKNOWN, EXEMPT or NOT_APPLICABLE.';
comment on column compliance.report_resource_compliance.reason_code is 'Why; see compliance.reason.';
comment on column compliance.report_resource_compliance.measured_value is 'What was measured.';
comment on column compliance.report_resource_compliance.threshold_value is 'What it is compared with.';
comment on column compliance.report_resource_compliance.unit is 'Unit of both.';
comment on column compliance.report_resource_compliance.evidence_backup_ids is 'The backups that the verdict rests on.';
comment on column compliance.report_resource_compliance.exemption_owner is 'Who answers for the exemption; null = none.';
comment on column compliance.report_resource_compliance.exemption_reason is 'Why it was granted.';
comment on column compliance.report_resource_compliance.exemption_expires_at is 'When it is over.';
comment on column compliance.report_resource_compliance.data_as_of is 'Begin of the newest certified reading behind it.';
comment on column compliance.report_resource_compliance.basis_run_id is 'The run of that reading.';
comment on column compliance.report_resource_compliance.evaluated_at is 'The instant that is judged.';
