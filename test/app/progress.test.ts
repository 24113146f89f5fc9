import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type ProgressScope, runProgress, silentProgress } from '../../src/app/progress.ts';
import { createLog } from '../../src/log.ts';
import type { Output } from '../../src/output.ts';
import { SecretRegistry } from '../../src/secret.ts';

const scope: ProgressScope = { projectId: 'p1', projectName: 'prod', scope: 'instances' };

/** A stream that says it is a terminal, and does what cli-progress asks of one. */
function screen(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo() {},
    clearLine() {},
    moveCursor() {},
  });
  const log = createLog({
    format: isTTY ? 'pretty' : 'json',
    level: 'info',
    secrets: new SecretRegistry(),
    write: (line) => void stream.write(line),
  });
  return { stream: stream as Output, log, shown: () => String(stream.read() ?? '') };
}

describe('progress', () => {
  test('is silent where nobody watches', () => {
    const { stream, log } = screen(false);
    expect(runProgress(stream, log)).toBe(silentProgress);
  });

  test('is a bar on a terminal that names what is being read and what is done', async () => {
    const { stream, log, shown } = screen(true);
    const progress = runProgress(stream, log);
    progress.start(2);
    progress.advance(scope, 50, 200);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(shown()).toMatch(/0\/2 scopes {2}prod instances 50\/200/);
    progress.finish(scope);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(shown()).toContain('1/2 scopes');
    progress.stop();
  });

  test('keeps information lines off the bar and lets warnings through, until it ends', () => {
    const { stream, log, shown } = screen(true);
    const progress = runProgress(stream, log);
    progress.start(1);
    log.info({}, 'scope swept');
    log.warn({}, 'clock is off');
    const during = shown();
    expect(during).not.toContain('scope swept');
    expect(during).toContain('clock is off');
    progress.stop();
    log.info({}, 'run finished');
    expect(shown()).toContain('run finished');
  });

  test('shows no control characters of a foreign name', async () => {
    const { stream, log, shown } = screen(true);
    const progress = runProgress(stream, log);
    progress.start(1);
    progress.advance({ ...scope, projectName: '\u0007\u001b[2Jevil' }, 1, null);
    await new Promise((resolve) => setTimeout(resolve, 150));
    progress.stop();
    const text = shown();
    expect(text).toContain('evil instances 1');
    expect(text).not.toContain('\u0007');
    expect(text).not.toContain('\u001b[2J');
  });
});
