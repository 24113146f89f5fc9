// Commands that exist only in tests of the process: preloaded with `--import`, they misbehave in ways that no real
// command should.

import type { CommandGroup, CommandModule } from '../../src/app/commands/command.ts';
import { commands } from '../../src/app/commands/index.ts';

const probes: CommandModule[] = [
  {
    name: 'probe-deaf',
    summary: 'ignore the signal and never end',
    async run({ stdout }) {
      stdout.write('deaf\n');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      return 0;
    },
  },
  {
    name: 'probe-crash',
    summary: 'throw where nobody can catch it',
    async run({ env }) {
      setTimeout(() => {
        throw new Error(`crashed with ${env.DATABASE_URL}`);
      });
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      return 0;
    },
  },
  {
    name: 'probe-reject',
    summary: 'reject where nobody listens',
    async run() {
      void Promise.reject(new Error('nobody listened'));
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      return 0;
    },
  },
  {
    name: 'probe-leak',
    summary: 'print much, leave a handle open and return',
    async run({ stdout }) {
      for (let i = 0; i < 50; i += 1) stdout.write(`${String(i).padStart(99_999, '.')}\n`);
      setInterval(() => {}, 1000);
      return 6;
    },
  },
];

(commands as (CommandModule | CommandGroup)[]).push(...probes);
