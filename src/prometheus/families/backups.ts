// Families about the backups of an instance that are listed now. Retired backups are not listed and count nowhere here.

import type { BackupMarks } from '../../inventory/snapshot.ts';
import { type Family, known, type StateView } from '../family.ts';
import { eachInstance, identity } from './instances.ts';

const ofInstances = { type: 'gauge', stability: 'stable', per: 'instance' } as const;
const whole = 'Backups of the whole instance only.';

/** A mark per backup type, absent where no backup makes it. */
function eachType(mark: (marks: BackupMarks) => number | null) {
  return eachInstance(function* (labels, instance) {
    for (const marks of instance.marks) yield* known([...labels, marks.backupType], mark(marks));
  });
}

export const backupFamilies: readonly Family<StateView>[] = [
  {
    ...ofInstances,
    name: 'backups',
    unit: null,
    labels: [...identity, 'backup_type', 'backup_scope', 'status'],
    help: 'Backups listed now, failed and unfinished ones included.',
    samples: eachInstance(function* (labels, { groups }) {
      for (const group of groups) {
        yield { labels: [...labels, group.backupType, group.backupScope, group.status], value: group.backups };
      }
    }),
  },
  {
    ...ofInstances,
    name: 'stored_bytes',
    unit: 'bytes',
    labels: [...identity, 'backup_type', 'backup_scope'],
    help: 'Sum of the sizes of the completed backups listed now.',
    samples: eachInstance(function* (labels, { groups }) {
      for (const group of groups) {
        if (group.status !== 'COMPLETED') continue;
        yield* known([...labels, group.backupType, group.backupScope], group.sizeBytes);
      }
    }),
  },
  {
    ...ofInstances,
    name: 'last_success_timestamp_seconds',
    unit: 'seconds',
    labels: [...identity, 'backup_type'],
    help: `When the newest completed backup ended: the recovery point. ${whole} Absent where there is none.`,
    samples: eachType((marks) => marks.lastSuccess),
  },
  {
    ...ofInstances,
    name: 'last_failure_timestamp_seconds',
    unit: 'seconds',
    labels: [...identity, 'backup_type'],
    help: `When the newest failed backup began. ${whole} Absent where there is none.`,
    samples: eachType((marks) => marks.lastFailure),
  },
  {
    ...ofInstances,
    name: 'oldest_completed_timestamp_seconds',
    unit: 'seconds',
    labels: [...identity, 'backup_type'],
    help: `When the oldest completed backup began: the depth of history. ${whole} Absent where there is none.`,
    samples: eachType((marks) => marks.oldestCompleted),
  },
  {
    ...ofInstances,
    name: 'last_size_bytes',
    unit: 'bytes',
    labels: [...identity, 'backup_type'],
    help: `Size of the newest completed backup. ${whole}`,
    samples: eachType((marks) => marks.lastSizeBytes),
  },
  {
    ...ofInstances,
    name: 'last_duration_seconds',
    unit: 'seconds',
    labels: [...identity, 'backup_type'],
    help: `How long the newest completed backup took. ${whole}`,
    samples: eachType((marks) => marks.lastDurationSeconds),
  },
  {
    ...ofInstances,
    name: 'consecutive_failures',
    unit: null,
    labels: identity,
    help: `Failed backups that began after the newest completed one. ${whole}`,
    samples: eachInstance((labels, instance) => known(labels, instance.consecutiveFailures)),
  },
  {
    ...ofInstances,
    name: 'oldest_building_timestamp_seconds',
    unit: 'seconds',
    labels: identity,
    help: `When the oldest backup that is still being built began. ${whole} Absent where none is.`,
    samples: eachInstance((labels, instance) => known(labels, instance.oldestBuilding)),
  },
  {
    ...ofInstances,
    name: 'available',
    unit: null,
    labels: identity,
    help: '1 where a completed backup of the whole instance is listed now, 0 where none is.',
    samples: eachInstance(function* (labels, { marks }) {
      yield { labels, value: Number(marks.some((oneType) => oneType.lastSuccess !== null)) };
    }),
  },
];
