// `prune`: removes what is older than the inventory's own retention.

import { type Command, Option } from 'commander';
import { type Config, durationSeconds, shortestKeepSeconds } from '../../config.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import type { CommandContext, CommandModule } from './command.ts';

interface PruneOptions {
  olderThan?: string;
  dryRun?: boolean;
}

export const pruneCommand: CommandModule<PruneOptions> = {
  name: 'prune',
  summary: 'remove history, readings and anomalies that no verdict needs any more',
  define(command: Command) {
    command
      .addOption(
        new Option(
          '--older-than <duration>',
          'such as 400d, 30d at least; otherwise retention.keep of the configuration',
        ),
      )
      .option('--dry-run', 'only say what would be removed');
  },
  run,
};

const subjects = {
  retired_backups: 'backups that are gone',
  backup_states: 'past states of backups',
  instance_states: 'past states of instances',
  project_states: 'past states of projects',
  sweeps: 'readings',
  runs: 'runs',
  anomalies: 'anomalies',
} as const;

async function run(context: CommandContext, options: PruneOptions): Promise<ExitCode> {
  const config = await context.loadReaderConfig();
  const keepSeconds = keepOf(options, config);
  const { openExistingDatabase } = await import('../wire.ts');
  const { requireCurrentSchema } = await import('../../postgres/migrator.ts');
  const { countPrunable, prune } = await import('../../postgres/prune.ts');
  await using database = await openExistingDatabase(config);
  await requireCurrentSchema(database);
  const at = context.now();
  const keptFrom = new Date(at.getTime() - keepSeconds * 1000);
  const dryRun = options.dryRun === true;
  const input = { at, keptFrom, signal: context.signal };
  const counts = dryRun ? await countPrunable(database, input) : await prune(database, input);
  const { stdout } = context;
  stdout.write(`${dryRun ? 'would be removed' : 'removed'}, of before ${keptFrom.toISOString()}:\n`);
  for (const [kind, subject] of Object.entries(subjects) as [keyof typeof subjects, string][]) {
    stdout.write(`${String(counts[kind]).padStart(10)}  ${subject}\n`);
  }
  return exit.ok;
}

function keepOf({ olderThan }: PruneOptions, config: Config): number {
  if (olderThan === undefined) {
    if (config.retention.keepSeconds !== null) return config.retention.keepSeconds;
    throw new UsageError('Nothing says how old is too old: give --older-than 400d, or set retention.keep.');
  }
  const seconds = durationSeconds(olderThan);
  if (seconds === null)
    throw new UsageError(`--older-than ${olderThan}: write a whole number with d or w, such as 400d.`);
  if (seconds < shortestKeepSeconds)
    throw new UsageError(`--older-than ${olderThan}: 30d at least; reports look back a month.`);
  return seconds;
}
