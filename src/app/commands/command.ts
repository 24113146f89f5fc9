// The shape that every command has. Not a registry: commands/index.ts lists them.

import type { Command } from 'commander';
import type { CloudConfig, Config, ConfigSource } from '../../config.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Clock } from '../../inventory/ports.ts';
import type { ProgramLog } from '../../log.ts';
import type { Output } from '../../output.ts';
import type { SecretRegistry } from '../../secret.ts';

export type { Output };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command gets from the process. Results go to stdout, everything else to stderr. */
export interface CommandContext {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: Output;
  readonly stderr: Output;
  /** stdout is a terminal. */
  readonly isTty: boolean;
  /** Aborts at SIGINT or SIGTERM: stop asking, commit what is whole, return. */
  readonly signal: AbortSignal;
  readonly log: ProgramLog;
  readonly clock: Clock;
  readonly now: () => Date;
  /** Values that must never be printed. Add what a flag brings (a URL with a password). */
  readonly secrets: SecretRegistry;
  /** Where the configuration comes from, for commands that look at it before it is known to be good. */
  readonly configSource: ConfigSource;
  /** The whole configuration; throws ConfigError (exit 2) with all faults, credentials and projects included. */
  loadConfig(): Promise<CloudConfig>;
  /** As loadConfig for commands that never call the cloud: credentials and projects may be missing. */
  loadReaderConfig(): Promise<Config>;
}

/** A command that does something. `Options` is what commander's `opts()` gives after `define`. */
export interface CommandModule<Options extends object = object> {
  readonly name: string;
  readonly summary: string;
  /** Adds arguments, options and help text. */
  define?(command: Command): void;
  /** Throws UsageError and ConfigError (exit 2), LockHeldError (5); any other error is exit 1. */
  run(context: CommandContext, options: Options, args: readonly string[]): Promise<ExitCode>;
}

/** A command that only groups others: `config print`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly subcommands: readonly CommandModule[];
}
