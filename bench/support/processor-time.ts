// Processor seconds of a Postgres server, from /proc: what it cost, whoever else uses the machine meanwhile. Linux only.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ticksPerSecond = 100;

/** Seconds used by all processes of the server in this data directory so far; null where /proc does not tell. */
export function serverSeconds(directory: string): number | null {
  try {
    const master = Number(readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    let ticks = 0;
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const fields = fieldsOf(pid);
      if (pid === master) ticks += sum(fields, [11, 12, 13, 14]);
      else if (fields[1] === String(master)) ticks += sum(fields, [11, 12]);
    }
    return ticks / ticksPerSecond;
  } catch {
    return null;
  }
}

/** Fields of /proc/PID/stat behind the name; none where the process has just ended. */
function fieldsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function sum(fields: readonly string[], indexes: readonly number[]): number {
  return indexes.reduce((total, index) => total + Number(fields[index] ?? 0), 0);
}
