// Families about this process and the snapshot that it serves, and readings that a run stored.

import type { Snapshot } from '../../inventory/snapshot.ts';
import { type Family, known, type StateView } from '../family.ts';

/** What a process knows of itself when it is scraped. */
export interface ExporterView {
  version: string;
  /** Commit of the build; empty where not known. */
  revision: string;
  nodeVersion: string;
  /** The newest migration that the database has. */
  schemaVersion: string;
  runInProgress: boolean;
  /** null = this process runs no schedule; what others promised is in the snapshot. */
  scheduleIntervalSeconds: number | null;
  freshnessLimitSeconds: number;
  /** null until the first snapshot. */
  snapshot: Pick<Snapshot, 'takenAt' | 'judgedAt' | 'durationSeconds' | 'scheduleIntervalSeconds'> | null;
  /** Series made from it. */
  series: number | null;
}

const ofExporter = { type: 'gauge', stability: 'stable', per: 'exporter', labels: [] } as const;

export const exporterFamilies: readonly Family<ExporterView>[] = [
  {
    ...ofExporter,
    name: 'build_info',
    unit: null,
    labels: ['version', 'revision', 'node_version', 'schema_version'],
    help: 'What runs; always 1.',
    *samples({ version, revision, nodeVersion, schemaVersion }) {
      yield { labels: [version, revision, nodeVersion, schemaVersion], value: 1 };
    },
  },
  {
    ...ofExporter,
    name: 'schedule_interval_seconds',
    unit: 'seconds',
    help: 'Time between two full runs of the schedule, of this process or of the one that runs. Absent where none is known.',
    samples: (view) => known([], view.scheduleIntervalSeconds ?? view.snapshot?.scheduleIntervalSeconds),
  },
  {
    ...ofExporter,
    name: 'freshness_limit_seconds',
    unit: 'seconds',
    help: 'Facts older than this give no verdict, as configured.',
    samples: (view) => known([], view.freshnessLimitSeconds),
  },
  {
    ...ofExporter,
    name: 'run_in_progress',
    unit: null,
    help: '1 while this process makes a run.',
    samples: (view) => known([], Number(view.runInProgress)),
  },
  {
    ...ofExporter,
    name: 'snapshot_timestamp_seconds',
    unit: 'seconds',
    help: 'When the facts of the served snapshot were read. It stands still while the database cannot be read.',
    samples: ({ snapshot }) => known([], snapshot === null ? null : snapshot.takenAt.getTime() / 1000),
  },
  {
    ...ofExporter,
    name: 'verdicts_timestamp_seconds',
    unit: 'seconds',
    help: 'When the served verdicts were judged. In a large estate that takes longer than reading facts, and is done less often.',
    samples: ({ snapshot }) => known([], snapshot?.judgedAt == null ? null : snapshot.judgedAt.getTime() / 1000),
  },
  {
    ...ofExporter,
    name: 'snapshot_duration_seconds',
    unit: 'seconds',
    help: 'How long reading the facts of the served snapshot took.',
    samples: ({ snapshot }) => known([], snapshot?.durationSeconds),
  },
  {
    ...ofExporter,
    name: 'series',
    unit: null,
    help: 'Series made from the served snapshot.',
    samples: (view) => known([], view.series),
  },
];

export const readingFamilies: readonly Family<StateView>[] = [
  {
    ...ofExporter,
    name: 'credential_expiry_timestamp_seconds',
    unit: 'seconds',
    help: 'When the credentials of the newest run expire. Absent where they do not, or it is not known.',
    samples: ({ snapshot }) => known([], snapshot.readings.credentialExpiry),
  },
  {
    ...ofExporter,
    name: 'clock_skew_seconds',
    unit: 'seconds',
    help: 'How far the clock of the newest run was ahead of the cloud; negative = behind.',
    samples: ({ snapshot }) => known([], snapshot.readings.clockSkewSeconds),
  },
];
