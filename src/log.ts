// The root logger: pino to stderr, because stdout is for results. Three nets against secrets: the redaction paths,
// the serializer that copies only known fields of an error, and the registry that scrubs known values from each line.

import { type Level, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { UsageError } from './faults.ts';
import type { Log } from './inventory/ports.ts';
import { redacted, type SecretRegistry } from './secret.ts';
import { plainLines } from './terminal-text.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ['json', 'pretty'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  level: LogLevel;
  format: LogFormat;
  /** Takes one finished line, newline included. */
  write: (line: string) => void;
  secrets: SecretRegistry;
  /** Colours in the pretty format. */
  colours?: boolean;
}

/** The Log port and what only the process needs. */
export interface ProgramLog extends Log {
  level: LogLevel;
  readonly format: LogFormat;
  /** Sends lines elsewhere, for as long as a progress bar owns the terminal; null = back again. */
  divert(write: ((line: string) => void) | null): void;
}

/** Builds the root logger. It never throws: a line that cannot be cleaned as JSON is scrubbed as text. */
export function createLog(options: LogOptions): ProgramLog {
  let diverted: ((line: string) => void) | null = null;
  const finish = options.format === 'pretty' ? prettyLine(options) : jsonLine(options.secrets);
  const stream = { write: (line: string) => (diverted ?? options.write)(finish(line)) };
  const logger: Logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths(), censor: redacted },
      serializers: { err: serializeError, error: serializeError, cause: serializeError },
    },
    stream,
  );
  const at = (level: Level) => (fields: object, message: string) => logger[level](fields, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    format: options.format,
    get level() {
      return logger.level as LogLevel;
    },
    set level(level: LogLevel) {
      logger.level = level;
    },
    divert(write) {
      diverted = write;
    },
  };
}

/** Level and format from flags and environment; throws UsageError for a value that is none. */
export function logSettings(
  flags: { logLevel?: string | undefined; logFormat?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
): { level: LogLevel; format: LogFormat } {
  return {
    level: oneOf(logLevels, flags.logLevel, env.LOG_LEVEL, 'LOG_LEVEL') ?? 'info',
    format: oneOf(logFormats, flags.logFormat, env.LOG_FORMAT, 'LOG_FORMAT') ?? (isTty ? 'pretty' : 'json'),
  };
}

function oneOf<T extends string>(
  allowed: readonly T[],
  flag: string | undefined,
  fromEnvironment: string | undefined,
  name: string,
): T | undefined {
  const given = flag ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (given === undefined) return undefined;
  const found = allowed.find((value) => value === given.toLowerCase());
  if (found === undefined) {
    const source = flag === undefined ? name : `--${name.toLowerCase().replace('_', '-')}`;
    throw new UsageError(`${source}: "${given}" is not known; use one of ${allowed.join(', ')}`);
  }
  return found;
}

/** What of an error may be told: an allow-list, because drivers hang whole requests on their errors. */
const toldFields = [
  'code',
  'failure',
  'operation',
  'httpStatus',
  'apiCode',
  'requestId',
  'syscall',
  'address',
  'port',
  'hostname',
  'severity',
  'schema',
  'table',
  'constraint',
] as const;
const deepestCause = 8;

/** An error as data: type, message, the told fields, and its causes likewise. */
export function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' && error !== null ? String(error) : error;
  const told: Record<string, unknown> = { type: error.name, message: error.message };
  const fields = error as unknown as Record<string, unknown>;
  for (const name of toldFields) {
    const value = fields[name];
    if (typeof value === 'string' || typeof value === 'number') told[name] = value;
  }
  if (told.code === undefined && error.stack !== undefined) told.stack = error.stack;
  if (depth >= deepestCause) return told;
  if (error instanceof AggregateError) told.errors = error.errors.slice(0, 5).map((e) => serializeError(e, depth + 1));
  if (error.cause !== undefined && error.cause !== null) told.cause = serializeError(error.cause, depth + 1);
  return told;
}

function redactedPaths(): string[] {
  const names = [
    'password',
    'secretKey',
    'accessKey',
    'securityToken',
    'bearerToken',
    'token',
    'authorization',
    'cookie',
  ];
  const headers = [
    'Authorization',
    '["x-auth-token"]',
    '["X-Auth-Token"]',
    '["x-subject-token"]',
    '["x-security-token"]',
  ];
  return [...names, ...headers].flatMap((name) => (name.startsWith('[') ? [name, `*${name}`] : [name, `*.${name}`]));
}

function jsonLine(secrets: SecretRegistry): (line: string) => string {
  return (line) => (secrets.finds(line) ? `${JSON.stringify(cleaned(line, secrets))}\n` : line);
}

function prettyLine(options: LogOptions): (line: string) => string {
  const pretty = prettyFactory({
    colorize: options.colours ?? false,
    ignore: 'pid',
    translateTime: 'UTC:HH:MM:ss',
    singleLine: true,
  });
  return (line) => pretty(withoutControls(cleaned(line, options.secrets))) ?? '';
}

function cleaned(line: string, secrets: SecretRegistry): unknown {
  try {
    return secrets.scrubDeep(JSON.parse(line));
  } catch {
    return { level: 'error', msg: secrets.scrub(line) }; // pino writes JSON; this is for the day it does not
  }
}

function withoutControls(value: unknown): unknown {
  if (typeof value === 'string') return plainLines(value);
  if (Array.isArray(value)) return value.map(withoutControls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [plainLines(key), withoutControls(item)]));
}
