// The names of the shipped alerts, so that a metric can say which of them read it. Not the rules.

export const alertNames = [
  'BackupExporterDown',
  'BackupInventoryStale',
  'BackupRpoBreached',
  'BackupInstanceUnprotected',
  'BackupRetiredEarly',
  'BackupFailuresInARow',
  'BackupScopeQuarantined',
  'BackupFailed',
  'BackupStuckBuilding',
  'BackupPolicyDisabled',
  'BackupRetentionShort',
  'BackupSizeAnomaly',
  'BackupProjectMissing',
  'BackupApiThrottled',
  'BackupAuthenticationFailing',
  'BackupCredentialExpiring',
  'BackupClockSkew',
  'BackupSchemaAnomaly',
  'BackupCronJobLate',
] as const;
export type AlertName = (typeof alertNames)[number];
