// Runs promtool. It is part of the Prometheus package; scripts/install-test-tools brings it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Outcome {
  passed: boolean;
  /** What promtool said. */
  output: string;
}

/** Runs promtool in the folder. A missing promtool throws: tests that need it must not pass without. */
export async function promtool(folder: string, ...args: readonly string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run('promtool', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const failure = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (failure.code === 'ENOENT') throw new Error('promtool is not installed. Run scripts/install-test-tools.');
    return { passed: false, output: `${failure.stdout ?? ''}${failure.stderr ?? ''}` };
  }
}
