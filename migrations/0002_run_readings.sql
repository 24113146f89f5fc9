-- What a run learned about the clock and the credentials: kept, so that a process that only serves can show it.

alter table inventory.run add column clock_skew_seconds double precision;
alter table inventory.run add column credential_expires_at timestamptz;
comment on column inventory.run.clock_skew_seconds is 'Our clock minus the cloud''s in seconds, as last seen in this run; null = not seen.';
comment on column inventory.run.credential_expires_at is 'When the credentials of this run expire; null = they do not, or it is not known.';
