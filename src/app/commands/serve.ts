// `serve`: pages and metrics over HTTP, and runs on the schedule.

import type { Command } from 'commander';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { serveProgram } from '../wire-program.ts';
import type { CommandContext, CommandModule } from './command.ts';

interface ServeOptions {
  schedule: boolean;
}

export const serveCommand: CommandModule<ServeOptions> = {
  name: 'serve',
  summary: 'serve metrics and pages, and run on the schedule',
  define(command: Command) {
    command.option('--no-schedule', 'only serve; runs are made by other processes');
  },
  async run(context: CommandContext, { schedule }: ServeOptions): Promise<ExitCode> {
    if (schedule) await serveProgram(context, { kind: 'schedules', config: await context.loadConfig() });
    else await serveProgram(context, { kind: 'serves', config: await context.loadReaderConfig() });
    return exit.ok;
  },
};
