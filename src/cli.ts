// The command line: builds the commander program from the list of commands, runs one, and turns what it returns or
// throws into an exit code and a clear line. Knows no command by name.

import { Command, CommanderError, Option } from 'commander';
import { systemClock } from './app/clock.ts';
import type { CommandContext, CommandGroup, CommandModule, Environment, Output } from './app/commands/command.ts';
import { commands } from './app/commands/index.ts';
import { loadConfig } from './config.ts';
import { type ExitCode, exit, exitCodes } from './exit-codes.ts';
import { ConfigError, StopError, UsageError } from './faults.ts';
import { LockHeldError, StoreError } from './inventory/errors.ts';
import type { Clock } from './inventory/ports.ts';
import { createLog, logFormats, logLevels, logSettings, type ProgramLog } from './log.ts';
import { registerEnvironment, type SecretRegistry } from './secret.ts';
import { plainLines } from './terminal-text.ts';
import { programVersion } from './version.ts';

/** What the process hands in. */
export interface ProgramInput {
  /** Without the interpreter and the script. */
  argv: readonly string[];
  env: Environment;
  stdout: Output;
  stderr: Output;
  signal: AbortSignal;
  secrets: SecretRegistry;
  clock?: Clock;
}

interface GlobalOptions {
  config?: string;
  logLevel?: string;
  logFormat?: string;
}

/** Runs the program once. Never throws: every failure has been told on stderr when this returns. */
export async function runProgram(input: ProgramInput): Promise<ExitCode> {
  registerEnvironment(input.secrets, input.env);
  let log: ProgramLog | null = null;
  let code: ExitCode = exit.ok;
  const program = buildProgram(input, async (module, leaf) => {
    const globals = program.opts<GlobalOptions>();
    log = openLog(input, globals);
    code = await module.run(contextOf(input, globals, log), leaf.opts(), leaf.args);
  });
  try {
    await program.parseAsync([...input.argv], { from: 'user' });
    return code;
  } catch (error) {
    return tell(error, input, log);
  }
}

/** Resolves when everything written to the stream so far has left the process, or can no longer leave it. */
export function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

/** A failure in words: the message and those of its causes, each once, safe for a terminal. */
export function failureText(error: unknown): string {
  const messages: string[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 8; depth += 1) {
    const message = at instanceof Error ? messageOf(at) : String(at);
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
    at = at instanceof Error ? at.cause : undefined;
  }
  return plainLines(messages.join('\n  caused by: '));
}

function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.name;
}

type Run = (module: CommandModule, leaf: Command) => Promise<void>;

/** The commander program: also what the golden help texts are printed from. */
function buildProgram(input: ProgramInput, run: Run): Command {
  const program = new Command('backup-inventory')
    .description(
      'Copies the backup inventory of Huawei Cloud GeminiDB into Postgres and proves that the copy is complete.',
    )
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('-c, --config <file>', 'configuration file; otherwise BACKUP_INVENTORY_CONFIG')
    .addOption(new Option('--log-level <level>', `${logLevels.join(', ')}; otherwise LOG_LEVEL, or info`))
    .addOption(
      new Option('--log-format <format>', `${logFormats.join(', ')}; otherwise LOG_FORMAT, or by the terminal`),
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void input.stdout.write(text),
      writeErr: (text) => void input.stderr.write(text),
      outputError: (text, write) => write(input.secrets.scrub(`backup-inventory: ${plainLines(text)}`)),
      getOutHelpWidth: () => Math.min(input.stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(input.stderr.columns ?? 100, 120),
      getOutHasColors: () => input.stdout.isTTY === true && !input.env.NO_COLOR,
      getErrHasColors: () => input.stderr.isTTY === true && !input.env.NO_COLOR,
    })
    .addHelpText('after', `\n${exitCodeTable()}`)
    .exitOverride();
  for (const module of commands) addCommand(program, module, run);
  return program;
}

function addCommand(parent: Command, module: CommandModule | CommandGroup, run: Run): void {
  const command = parent.command(module.name).summary(module.summary).description(sentence(module.summary));
  if ('subcommands' in module) {
    command.helpCommand(false);
    for (const subcommand of module.subcommands) addCommand(command, subcommand, run);
    return;
  }
  command.allowExcessArguments(false);
  module.define?.(command);
  command.action(() => run(module, command));
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function exitCodeTable(): string {
  return ['Exit codes:', ...exitCodes.map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`)].join('\n');
}

function openLog(input: ProgramInput, globals: GlobalOptions): ProgramLog {
  const isTty = input.stderr.isTTY === true;
  return createLog({
    ...logSettings(globals, input.env, isTty),
    write: (line) => void input.stderr.write(line),
    secrets: input.secrets,
    colours: isTty && !input.env.NO_COLOR,
  });
}

function contextOf(input: ProgramInput, globals: GlobalOptions, log: ProgramLog): CommandContext {
  const clock = input.clock ?? systemClock;
  const file = globals.config ?? (input.env.BACKUP_INVENTORY_CONFIG || null);
  const source = { file, env: input.env, secrets: input.secrets };
  return {
    argv: input.argv,
    env: input.env,
    stdout: input.stdout,
    stderr: input.stderr,
    isTty: input.stdout.isTTY === true,
    signal: input.signal,
    log,
    clock,
    now: () => clock.now(),
    secrets: input.secrets,
    configSource: source,
    loadConfig: () => loadConfig(source, 'cloud'),
    loadReaderConfig: () => loadConfig(source, 'reader'),
  };
}

/** Says what went wrong and which exit code that is. */
function tell(error: unknown, input: ProgramInput, log: ProgramLog | null): ExitCode {
  if (error instanceof CommanderError) {
    // commander has printed its message; help and version are no failures.
    return error.exitCode === 0 ? exit.ok : exit.usage;
  }
  const say = (text: string) => input.stderr.write(`${input.secrets.scrub(`backup-inventory: ${text}`)}\n`);
  if (error instanceof ConfigError) {
    const count = error.faults.length === 1 ? 'one fault' : `${error.faults.length} faults`;
    say(`${count} in the configuration; nothing was touched\n${plainLines(error.message)}`);
    return exit.usage;
  }
  if (error instanceof UsageError) {
    say(failureText(error));
    return exit.usage;
  }
  if (input.signal.aborted && input.signal.reason instanceof StopError) {
    say(failureText(input.signal.reason));
    return input.signal.reason.signalName === 'SIGINT' ? exit.interrupted : exit.terminated;
  }
  const code = isLocked(error) ? exit.locked : exit.failure;
  if (log?.format === 'json') log.error({ err: error }, 'the command failed');
  else say(isKnown(error) ? failureText(error) : `unexpected failure: ${failureText(error)}`);
  return code;
}

/** The embedded database has one process at a time: who has it open holds the lock of all runs. */
function isLocked(error: unknown): boolean {
  return error instanceof LockHeldError || (error instanceof StoreError && error.code === 'DATABASE_IN_USE');
}

/** Errors with a code are in docs/errors.md and say what to do; the others nobody thought of. */
function isKnown(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    /^[A-Z_]+$/.test(String(error.code)) &&
    !/^E[A-Z]+$/.test(String(error.code))
  );
}
