// The commands, in the order of the help text. A new command is one file beside this one and one line here.

import type { CommandGroup, CommandModule } from './command.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { healthCommand } from './health.ts';
import { migrateCommand } from './migrate.ts';
import { pruneCommand } from './prune.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { syncCommand } from './sync.ts';

export const commands: readonly (CommandModule | CommandGroup)[] = [
  syncCommand,
  serveCommand,
  migrateCommand,
  pruneCommand,
  doctorCommand,
  healthCommand,
  configCommand,
  simulateCommand,
  demoCommand,
];
