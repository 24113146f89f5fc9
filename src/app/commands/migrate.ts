// `migrate`: brings the schema up to date.

import type { Command } from 'commander';
import { type ExitCode, exit } from '../../exit-codes.ts';
import type { CommandContext, CommandModule } from './command.ts';

interface MigrateOptions {
  status?: boolean;
}

export const migrateCommand: CommandModule<MigrateOptions> = {
  name: 'migrate',
  summary: 'bring the schema of the database up to date',
  define(command: Command) {
    command.option('--status', 'only say what would be done; exit 3 when something would');
  },
  run,
};

async function run(context: CommandContext, options: MigrateOptions): Promise<ExitCode> {
  const config = await context.loadReaderConfig();
  const { openConfiguredDatabase } = await import('../wire.ts');
  const { migrate, schemaStatus } = await import('../../postgres/migrator.ts');
  await using database = await openConfiguredDatabase(config);
  if (options.status === true) {
    const { state, version, pending } = await schemaStatus(database);
    const todo = pending.length === 0 ? '' : `; to do: ${pending.join(', ')}`;
    context.stdout.write(`schema version ${version}, ${state}${todo}\n`);
    return state === 'current' ? exit.ok : exit.incomplete;
  }
  const { applied, version, notes } = await migrate(database);
  context.stdout.write(
    applied.length === 0
      ? `schema version ${version}, nothing to do\n`
      : `schema version ${version}, applied ${applied.length} files: ${applied.join(', ')}\n`,
  );
  for (const note of notes) context.stdout.write(`note: ${note}\n`);
  return exit.ok;
}
