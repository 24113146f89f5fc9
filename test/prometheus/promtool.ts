// promtool on our text; scripts/install-test-tools brings it. A missing one fails the test.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What `promtool check metrics` says about the text: nothing where it is clean. */
export async function lint(text: string): Promise<string> {
  const checking = promisify(execFile)('promtool', ['check', 'metrics']);
  checking.child.stdin?.end(text);
  const { stdout, stderr } = await checking;
  return stdout + stderr;
}
