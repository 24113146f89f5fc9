import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CommandGroup, CommandModule } from '../src/app/commands/command.ts';
import { commands } from '../src/app/commands/index.ts';
import { failureText, runProgram } from '../src/cli.ts';
import { exit, exitCodes } from '../src/exit-codes.ts';
import { StopError, UsageError } from '../src/faults.ts';
import { LockHeldError, StoreError } from '../src/inventory/errors.ts';
import { SecretRegistry } from '../src/secret.ts';
import { expectGolden } from './support/golden.ts';

async function run(argv: string[], env: Record<string, string> = {}, signal = new AbortController().signal) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await runProgram({ argv, env, ...streams, signal, secrets: new SecretRegistry() });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

/** A command that exists for one test. */
function withCommand(command: Partial<CommandModule>) {
  (commands as (CommandModule | CommandGroup)[]).push({
    name: 'probe',
    summary: 'probe',
    run: async () => exit.ok,
    ...command,
  });
}
const listed = [...commands];
afterEach(() => {
  (commands as (CommandModule | CommandGroup)[]).splice(0, Infinity, ...listed);
});

/** Every command line that has a help text: the program, its commands, their subcommands. */
const helpPages = commands.flatMap((command) => [
  [command.name],
  ...('subcommands' in command ? command.subcommands.map((sub) => [command.name, sub.name]) : []),
]);

describe('help', () => {
  test('of the program shows the commands and every exit code', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const { code, meaning } of exitCodes) expect(stdout).toMatch(new RegExp(`^ +${code} +${meaning}$`, 'm'));
    expectGolden('test/golden/help/backup-inventory.txt', stdout);
  });

  test.each(helpPages)('of %s %s is the golden text', async (...path) => {
    const words = path.filter((word) => word !== undefined);
    const { code, stdout } = await run([...words, '--help']);
    expect(code).toBe(0);
    expectGolden(`test/golden/help/${words.join('-')}.txt`, stdout);
  });

  test('the version is that of the package', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong command line', () => {
  test.each([
    [[], 'Usage:'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['config'], 'Usage:'],
    [['config', 'chek'], 'Did you mean check?'],
    [['config', 'check', 'extra'], 'too many arguments'],
    [['config', 'check', '--colour'], "unknown option '--colour'"],
    [['config', 'check', '--log-level', 'loud'], '--log-level: "loud"'],
    [['--config'], 'argument missing'],
  ])('%j ends with 2, says why on stderr and prints no result', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });
});

describe('what a command returns or throws', () => {
  test('the returned code is the exit code; options and arguments arrive', async () => {
    const seen = vi.fn();
    withCommand({
      define: (command) => void command.argument('<name>').option('--many <id...>').option('--json'),
      run: async (context, options, args) => {
        seen(options, args, context.argv);
        return exit.nonCompliant;
      },
    });
    const argv = ['probe', 'x', '--many', 'a', 'b', '--json'];
    expect((await run(argv)).code).toBe(6);
    expect(seen).toHaveBeenCalledWith({ many: ['a', 'b'], json: true }, ['x'], argv);
  });

  test('a usage error is 2', async () => {
    withCommand({ run: () => Promise.reject(new UsageError('report "x" is not known; see `report`')) });
    expect(await run(['probe'])).toMatchObject({
      code: 2,
      stderr: 'backup-inventory: report "x" is not known; see `report`\n',
    });
  });

  test('a held lock is 5', async () => {
    const holder = { host: 'h', processId: 1, runId: 2, since: null };
    withCommand({ run: () => Promise.reject(new LockHeldError('run 2 on h holds the lock', holder)) });
    expect(await run(['probe'], { LOG_FORMAT: 'pretty' })).toMatchObject({
      code: 5,
      stderr: 'backup-inventory: run 2 on h holds the lock\n',
    });
  });

  test('an error with a code of ours is 1, and its message stands alone', async () => {
    const error = new StoreError('DATABASE_FULL', 'The disk of the database is full. Make room.');
    withCommand({ run: () => Promise.reject(error) });
    expect(await run(['probe'], { LOG_FORMAT: 'pretty' })).toMatchObject({
      code: 1,
      stderr: 'backup-inventory: The disk of the database is full. Make room.\n',
    });
  });

  test('anything else is 1, with its causes, in the format of the log', async () => {
    const error = new Error('the store failed', { cause: new Error('disk full') });
    withCommand({ run: () => Promise.reject(error) });
    const forPeople = await run(['probe'], { LOG_FORMAT: 'pretty' });
    expect(forPeople.code).toBe(1);
    expect(forPeople.stderr).toBe('backup-inventory: unexpected failure: the store failed\n  caused by: disk full\n');
    const forMachines = await run(['probe'], { LOG_FORMAT: 'json' });
    expect(JSON.parse(forMachines.stderr)).toMatchObject({ level: 'error', err: { cause: { message: 'disk full' } } });
  });

  test('a command stopped by a signal ends as signals do', async () => {
    withCommand({ run: (context) => Promise.reject(context.signal.reason) });
    for (const [name, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      const result = await run(['probe'], {}, AbortSignal.abort(new StopError(name)));
      expect(result).toMatchObject({ code, stderr: `backup-inventory: stopped by ${name}\n` });
    }
  });

  test('no failure tells a secret of the environment', async () => {
    const secret = 'hunter2secret';
    withCommand({
      run: () => Promise.reject(new Error(`connect postgres://u:${secret}@h`, { cause: new Error(`key ${secret}`) })),
    });
    const env = { DATABASE_URL: `postgres://u:${secret}@h`, HUAWEICLOUD_SDK_SK: secret };
    for (const LOG_FORMAT of ['json', 'pretty']) {
      expect((await run(['probe'], { ...env, LOG_FORMAT })).stderr).not.toContain(secret);
    }
  });
});

test('a failure in words names each message once and survives errors without one', () => {
  const inner = new Error('disk full');
  expect(failureText(new Error('write: disk full', { cause: inner }))).toBe('write: disk full');
  expect(failureText(new AggregateError([new Error('ECONNREFUSED ::1')], ''))).toBe('ECONNREFUSED ::1');
  expect(failureText('text')).toBe('text');
  expect(failureText(new Error('a\u001b[2J'))).toBe('a');
});

describe('config', () => {
  const good = {
    HUAWEICLOUD_SDK_AK: 'AKIDENTIFIER',
    HUAWEICLOUD_SDK_SK: 'very-secret-key',
    HUAWEICLOUD_PROJECT_ID: 'p1',
    HUAWEICLOUD_REGION: 'cn-north-1',
  };

  test('check of a good configuration says so', async () => {
    expect(await run(['config', 'check'], good)).toEqual({ code: 0, stdout: 'configuration is valid\n', stderr: '' });
  });

  test('check of a bad one tells every fault and ends with 2', async () => {
    const { code, stdout, stderr } = await run(['config', 'check'], {
      ...good,
      HUAWEICLOUD_REGION: 'Nowhere',
      DATABASE_URL: 'x',
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('2 faults in the configuration; nothing was touched');
    expect(stderr).toContain('projects[0].region: the value of HUAWEICLOUD_REGION is not a region');
    expect(stderr).toContain('database.url: the value of DATABASE_URL is not a Postgres URL');
  });

  test('print shows the effective configuration without secrets', async () => {
    const { code, stdout } = await run(['config', 'print'], good);
    expect(code).toBe(0);
    expect(stdout).toContain('id: p1 # HUAWEICLOUD_PROJECT_ID');
    expect(stdout).not.toMatch(/very-secret-key|AKIDENTIFIER/);
  });

  test('schema prints a JSON Schema that refuses unknown keys', async () => {
    const { stdout } = await run(['config', 'schema']);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
      properties: { projects: { items: { required: ['id'] } }, freshness: { default: '3h' } },
    });
  });
});
