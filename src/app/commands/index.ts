// The commands, in the order of the help text. A new command is one file beside this one and one line here.

import { checkCommand } from './check.ts';
import type { CommandGroup, CommandModule } from './command.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { healthCommand } from './health.ts';
import { migrateCommand } from './migrate.ts';
import { pruneCommand } from './prune.ts';
import { reportCommand } from './report.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { syncCommand } from './sync.ts';
import { verifyCommand } from './verify.ts';

export const commands: readonly (CommandModule | CommandGroup)[] = [
  syncCommand,
  serveCommand,
  reportCommand,
  checkCommand,
  explainCommand,
  verifyCommand,
  migrateCommand,
  pruneCommand,
  doctorCommand,
  healthCommand,
  configCommand,
  simulateCommand,
  demoCommand,
];
