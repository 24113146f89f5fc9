// The commands, in the order of the help text. A new command is one file beside this one and one line here.

import type { CommandGroup, CommandModule } from './command.ts';
import { configCommand } from './config.ts';
import { simulateCommand } from './simulate.ts';

export const commands: readonly (CommandModule | CommandGroup)[] = [configCommand, simulateCommand];
