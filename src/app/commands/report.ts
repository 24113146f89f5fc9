// `report`: a report in any format, the list of reports, and with --evidence a whole export to keep.

import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import { lateBeginning, type ReportDefinition } from '../../inventory/report.ts';
import { reports } from '../../inventory/report-list.ts';
import { plainLine } from '../../terminal-text.ts';
import { type ReportFormat, rendered, reportFormats } from '../../web/report/formats.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { type ReportOptions, refuseZone, requestOf } from './report-request.ts';

export const reportCommand: CommandModule<ReportOptions> = {
  name: 'report',
  summary: 'print a report, or list the reports',
  define(command: Command) {
    command
      .argument('[name]', 'the report; without it, the list of reports')
      .addOption(new Option('--format <format>', `${reportFormats.join(', ')}; otherwise by the file's name, or table`))
      .option('--as-of <time>', 'what was known then: an instant with its zone, or a day for its end')
      .option('--from <day>', 'first day of the period')
      .option('--to <day>', 'last day of the period, itself included')
      .option('--time-zone <name>', 'zone whose days are meant; otherwise UTC')
      .option('-o, --output <file>', 'write to this file')
      .option('--evidence <dir>', 'write all reports of the period with their digests to this folder')
      .option('--sign-key <file>', 'sign the evidence with this Ed25519 key (PEM)')
      .option('--previous <dir>', 'the evidence to link to; otherwise the newest beside the folder');
  },
  run,
};

async function run(context: CommandContext, options: ReportOptions, args: readonly string[]): Promise<ExitCode> {
  const [name] = args;
  if (options.evidence !== undefined) {
    if (name !== undefined) throw new UsageError('--evidence writes all reports: leave the name out.');
    const { exportEvidence } = await import('./report-evidence.ts');
    return exportEvidence(context, { ...options, evidence: options.evidence });
  }
  if (options.signKey !== undefined || options.previous !== undefined) {
    throw new UsageError('--sign-key and --previous are for --evidence DIR.');
  }
  if (name === undefined) return listReports(context);
  const definition = definitionOf(name);
  const format = formatOf(options);
  const request = requestOf(options, definition.kind, context.now());
  const config = await context.loadReaderConfig();
  const { openExistingDatabase } = await import('../wire.ts');
  const { requireCurrentSchema } = await import('../../postgres/migrator.ts');
  const { runReport } = await import('../../postgres/report.ts');
  await using database = await openExistingDatabase(config);
  await requireCurrentSchema(database);
  await refuseZone(database, request.timeZone);
  const report = await runReport(database, definition, { ...request, now: context.now() });
  const pieces = rendered(report, format, plainLine);
  if (options.output === undefined) await writeTo(context, pieces);
  else await writeFile(options.output, pieces);
  if (report.notObserved !== null) {
    context.stderr.write(`backup-inventory: ${report.notObserved.message}\n`);
    return exit.usage;
  }
  const saysSo = format === 'table' || format === 'html';
  if (report.observedFrom !== null && !saysSo)
    context.stderr.write(`backup-inventory: ${lateBeginning(report.observedFrom)}\n`);
  return exit.ok;
}

function listReports({ stdout }: CommandContext): ExitCode {
  const width = Math.max(...reports.map(({ name }) => name.length));
  for (const { name, question, kind } of reports) {
    stdout.write(`${name.padEnd(width)}  ${kind.padEnd(7)}  ${question}\n`);
  }
  stdout.write(
    '\nA report of an instant takes --as-of; one of a period --from and --to, and --as-of for what was known then.\n',
  );
  return exit.ok;
}

function definitionOf(name: string): ReportDefinition {
  const definition = reports.find((one) => one.name === name);
  if (definition !== undefined) return definition;
  throw new UsageError(`There is no report "${name}". The reports: ${reports.map((one) => one.name).join(', ')}.`);
}

function formatOf({ format, output }: ReportOptions): ReportFormat {
  const asked = format ?? (output === undefined ? 'table' : extname(output).slice(1));
  const known = reportFormats.find((one) => one === asked);
  if (known !== undefined) return known;
  if (format === undefined) return 'table';
  throw new UsageError(`--format ${format}: give one of ${reportFormats.join(', ')}.`);
}

const pieceCharacters = 64 * 1024;

/** Small pieces put together, so that a large report is not a million writes. */
function* gathered(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < pieceCharacters) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** Waits for each write, and not for `drain`: that never comes from a pipe whose reader went away (`| head`). */
async function writeTo({ stdout, signal }: CommandContext, pieces: Iterable<string>): Promise<void> {
  for (const text of gathered(pieces)) {
    signal.throwIfAborted();
    const taken = await new Promise<boolean>((resolve) => stdout.write(text, (error) => resolve(!error)));
    if (!taken) return;
  }
}

/** Beside the file first: who reads it sees the old one or the whole new one. */
async function writeFile(path: string, pieces: Iterable<string>): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await using file = await open(temporary, 'wx');
    for (const text of gathered(pieces)) await file.write(text);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    if (['ENOENT', 'EACCES', 'ENOTDIR', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new UsageError(`--output ${path}: the file cannot be written there.`, { cause: error });
    }
    throw error;
  }
  await rename(temporary, path);
}
