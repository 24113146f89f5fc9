// Loaded into a process before the program: tells, each time it gets SIGUSR2, the most processor time between two turns
// of its event loop since the last time. Processor time, since a busy machine takes the clock's away.

import { writeFileSync } from 'node:fs';

const file = process.env.BENCH_LOOP_FILE;
let holdMs = 0;
let last = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(last);
  last = process.threadCpuUsage();
  holdMs = Math.max(holdMs, (user + system) / 1000);
}, 1).unref();
process.on('SIGUSR2', () => {
  if (file !== undefined) writeFileSync(file, String(holdMs));
  holdMs = 0;
});
