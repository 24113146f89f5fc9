// What goes wrong in the drill, and which alerts must arrive of it: these and no others.

import { type Estate, lastNight, nights, type Part, parts } from './estate.ts';

export interface Expected {
  alert: string;
  part?: Part;
  /** Name of the instance. */
  instance?: string;
  /** Further labels. */
  labels?: Readonly<Record<string, string>>;
}

export interface Incident {
  /** A sentence: what happened. */
  story: string;
  strike?(stage: Stage): Promise<unknown>;
  expects: readonly Expected[];
  /** May arrive too. */
  tolerates?: readonly Expected[];
}

/** What an incident may lay hands on. */
export interface Stage {
  estate: Estate;
  /** What the stand-in for kube-state-metrics shows. */
  showCronJob(series: string): void;
  /** Cuts the second replica of the exporter off its database. */
  cutReplica(): void;
}

const inShop = (alert: string, instance: string): Expected => ({ alert, part: 'shop', instance });

/** On single instances of one project; healthy ones live beside them. */
const onInstances: readonly Incident[] = [
  {
    story: 'a night was missed: the newest good backup is 32 hours old',
    strike: ({ estate }) => estate.addInstance('shop', 'missed-night', [{ hoursAgo: 32 }]),
    expects: [inShop('BackupInventoryRpoBreached', 'missed-night')],
  },
  {
    story: 'an instance of 20 days was never backed up',
    strike: ({ estate }) => estate.addInstance('shop', 'never-backed-up', []),
    expects: [inShop('BackupInventoryInstanceUnprotected', 'never-backed-up')],
  },
  {
    story: 'an instance has failed backups only',
    strike: ({ estate }) => estate.addInstance('shop', 'failures-only', [{ hoursAgo: 9, status: 'FAILED' }]),
    expects: [
      inShop('BackupInventoryInstanceUnprotected', 'failures-only'),
      inShop('BackupInventoryBackupFailed', 'failures-only'),
    ],
  },
  {
    story: 'one backup failed',
    strike: ({ estate }) => estate.addInstance('shop', 'failed-once', [lastNight, { hoursAgo: 6, status: 'FAILED' }]),
    expects: [inShop('BackupInventoryBackupFailed', 'failed-once')],
  },
  {
    story: 'a failure was followed by a success',
    strike: ({ estate }) =>
      estate.addInstance('shop', 'recovered', [{ hoursAgo: 20, status: 'FAILED' }, { hoursAgo: 18 }]),
    expects: [],
  },
  {
    story: 'three backups failed in a row',
    strike: ({ estate }) =>
      estate.addInstance('shop', 'failing', [
        lastNight,
        ...[15, 10, 5].map((hoursAgo) => ({ hoursAgo, status: 'FAILED' as const })),
      ]),
    expects: [inShop('BackupInventoryBackupFailedRepeatedly', 'failing')],
  },
  {
    story: 'a backup has been running for eight hours',
    strike: ({ estate }) => estate.addInstance('shop', 'stuck', [lastNight, { hoursAgo: 8, status: 'BUILDING' }]),
    expects: [inShop('BackupInventoryBackupStuck', 'stuck')],
  },
  {
    story: 'a backup has been running for an hour',
    strike: ({ estate }) => estate.addInstance('shop', 'running', [lastNight, { hoursAgo: 1, status: 'BUILDING' }]),
    expects: [],
  },
  {
    story: 'the backup policy was switched off',
    strike: async ({ estate }) => {
      const instanceId = await estate.addInstance('shop', 'policy-off', [lastNight]);
      await estate.post('disable-policy', { projectId: estate.projectOf('shop'), instanceId });
    },
    expects: [inShop('BackupInventoryPolicyDisabled', 'policy-off')],
  },
  {
    story: 'the policy keeps backups for three days, seven are required',
    strike: async ({ estate }) => {
      const instanceId = await estate.addInstance('shop', 'short-retention', [lastNight]);
      await estate.post('set-policy', { projectId: estate.projectOf('shop'), instanceId, keepDays: 3 });
    },
    expects: [inShop('BackupInventoryRetentionShort', 'short-retention')],
  },
  {
    story: 'the size of the backups collapsed',
    strike: ({ estate }) =>
      estate.addInstance('shop', 'collapsed', [
        ...nights(9, { type: 'Manual' }),
        { hoursAgo: 4, type: 'Manual', sizeKb: 1000 },
      ]),
    expects: [{ alert: 'BackupInventorySizeAnomaly', part: 'shop' }],
  },
  {
    story: 'an exempt instance has no good backup and no policy',
    strike: async ({ estate }) => {
      const instanceId = await estate.addInstance('shop', 'scratch-1', [{ hoursAgo: 90 }]);
      await estate.post('disable-policy', { projectId: estate.projectOf('shop'), instanceId });
    },
    expects: [],
  },
  {
    story: 'an instance was created two hours ago',
    strike: ({ estate }) =>
      estate.post('insert-instance', {
        projectId: estate.projectOf('shop'),
        name: 'newcomer',
        createdTime: new Date(Date.now() - 2 * 3_600_000).toISOString(),
      }),
    expects: [],
  },
];

const faultIn = ({ estate }: Stage, part: Part, fault: string, more: object = {}) =>
  estate.post('add-fault', { fault, project: estate.projectOf(part), ...more });

/** On whole projects, and on the way to the cloud. */
const onProjects: readonly Incident[] = [
  {
    story: 'a backup was deleted before its time',
    strike: async ({ estate }) => {
      const [, nightBeforeLast] = estate.backupsOf('of deleted-early');
      await estate.post('delete-backup', { projectId: estate.projectOf('deleted-early'), backupId: nightBeforeLast });
    },
    expects: [{ alert: 'BackupInventoryBackupRetiredEarly', part: 'deleted-early' }],
  },
  {
    story: 'the list of backups is empty all of a sudden',
    strike: (stage) => faultIn(stage, 'emptied', 'permission-lost-empty', { operation: 'list_backups' }),
    expects: [{ alert: 'BackupInventoryScopeQuarantined', part: 'emptied', labels: { scope: 'instance_backups' } }],
  },
  {
    story: 'the user may not read a project any more',
    strike: ({ estate }) => estate.post('forbid-project', { projectId: estate.projectOf('forbidden') }),
    expects: [
      { alert: 'BackupInventoryAuthenticationFailing', part: 'forbidden' },
      { alert: 'BackupInventoryStale', part: 'forbidden' },
    ],
  },
  {
    story: 'the secret key of a project is wrong',
    // The runs over that project sign with another key from the strike on.
    expects: [
      { alert: 'BackupInventoryAuthenticationFailing', part: 'wrong-key' },
      { alert: 'BackupInventoryStale', part: 'wrong-key' },
    ],
  },
  {
    story: 'the cloud refuses every request for its rate',
    strike: (stage) => faultIn(stage, 'throttled', 'throttled'),
    expects: [
      { alert: 'BackupInventoryThrottled', part: 'throttled' },
      { alert: 'BackupInventoryStale', part: 'throttled' },
    ],
  },
  {
    story: 'the API of a project is down',
    strike: (stage) => faultIn(stage, 'unreachable', 'error-503-html'),
    expects: [{ alert: 'BackupInventoryStale', part: 'unreachable' }],
  },
  {
    story: 'the cloud sends a backup type that nobody knows',
    strike: (stage) => faultIn(stage, 'odd-values', 'unknown-type', { parameters: { rows: 1 } }),
    expects: [{ alert: 'BackupInventorySchemaAnomaly', labels: { kind: 'unknown_enum' } }],
  },
  {
    story: 'a project is no longer configured',
    // Left out of the configuration from the strike on.
    expects: [{ alert: 'BackupInventoryProjectMissing', part: 'removed' }],
  },
  {
    story: 'a new project cannot be read from the start',
    // In the configuration from the strike on.
    strike: (stage) => faultIn(stage, 'new-and-broken', 'error-500-text'),
    expects: [{ alert: 'BackupInventoryNeverComplete', part: 'new-and-broken' }],
  },
];

/** On the exporter itself and what runs it. */
const onOurselves: readonly Incident[] = [
  {
    story: 'our clock is 400 seconds behind the cloud',
    strike: ({ estate }) => estate.post('set-behaviour', { clockSkewMs: 400_000 }),
    expects: [{ alert: 'BackupInventoryClockSkew' }],
  },
  {
    story: 'Kubernetes has not started the CronJob for two hours',
    strike: async ({ showCronJob }) =>
      showCronJob(
        `kube_cronjob_next_schedule_time{namespace="backup",cronjob="backup-inventory-late"} ${Date.now() / 1000 - 7200}`,
      ),
    expects: [
      {
        alert: 'BackupInventoryCronJobLate',
        labels: { namespace: 'backup', cronjob: 'backup-inventory-late' },
      },
    ],
  },
  {
    story: 'the CronJob is suspended',
    strike: async ({ showCronJob }) =>
      showCronJob('kube_cronjob_spec_suspend{namespace="backup",cronjob="backup-inventory-off"} 1'),
    expects: [
      {
        alert: 'BackupInventoryCronJobSuspended',
        labels: { namespace: 'backup', cronjob: 'backup-inventory-off' },
      },
    ],
  },
];

/** All that is played at once. */
export const incidents: readonly Incident[] = [...onInstances, ...onProjects, ...onOurselves];

/** Played afterwards, because they end what the others need. */
export const whileNoRunIsMade: readonly Incident[] = [
  {
    story: 'no run is made any more, and the token ends',
    expects: [{ alert: 'BackupInventoryCredentialExpiring' }],
    // A little later all of them are too old.
    tolerates: parts.map((part) => ({ alert: 'BackupInventoryStale', part })),
  },
  {
    story: 'one of two exporters lost its database',
    strike: async ({ cutReplica }) => cutReplica(),
    expects: [{ alert: 'BackupInventorySnapshotStale' }],
  },
];
export const exportersStop: Incident = {
  story: 'the exporters are stopped',
  expects: [{ alert: 'BackupInventoryExporterDown' }],
};
