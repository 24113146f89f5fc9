// `verify`: checks an evidence export, offline. Needs no configuration and no database.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { EvidenceColumn } from '../../evidence/manifest.ts';
import { publicKeyOf } from '../../evidence/signing.ts';
import { verifyEvidence } from '../../evidence/verify.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import type { Cell, ReportColumn } from '../../inventory/report.ts';
import { plainLine } from '../../terminal-text.ts';
import { csvLines, readCsv } from '../../web/report/csv.ts';
import { jsonLines, readJson } from '../../web/report/json.ts';
import type { CommandContext, CommandModule } from './command.ts';

interface VerifyOptions {
  publicKey?: string;
  previous?: string;
}

export const verifyCommand: CommandModule<VerifyOptions> = {
  name: 'verify',
  summary: 'check an evidence export without a database',
  define(command: Command) {
    command
      .argument('<dir>', 'the folder that report --evidence wrote')
      .option('--public-key <file>', 'the Ed25519 key (PEM) that must have signed it')
      .option('--previous <dir>', 'the export before it; otherwise the one beside it that it names');
  },
  run,
};

async function run(context: CommandContext, options: VerifyOptions, args: readonly string[]): Promise<ExitCode> {
  const directory = resolve(args[0] ?? '.');
  const result = await verifyEvidence({
    directory,
    previous: options.previous === undefined ? null : resolve(options.previous),
    publicKey: options.publicKey === undefined ? null : await readKey(options.publicKey),
    codec: {
      csvLines: (columns, rows) => csvLines(columnsOf(columns), rows as Cell[][]),
      jsonLines: (columns, rows) => jsonLines(columnsOf(columns), rows as Cell[][]),
      readCsv: (columns, text) => readCsv(columnsOf(columns), text),
      readJson: (columns, text) => readJson(columnsOf(columns), text),
    },
  });
  const { stdout } = context;
  if (result.manifestDigest !== null) stdout.write(`manifest ${result.manifestDigest}\n`);
  for (const note of result.notes) stdout.write(`${plainLine(note)}\n`);
  for (const fault of result.faults) stdout.write(`FAULT ${plainLine(fault)}\n`);
  if (result.faults.length > 0) return exit.failure;
  stdout.write('Everything fits.\n');
  return exit.ok;
}

function columnsOf(columns: readonly EvidenceColumn[]): ReportColumn[] {
  return columns.map(({ name, kind }) => ({ name, kind: kind as ReportColumn['kind'], meaning: '' }));
}

async function readKey(path: string): Promise<string> {
  try {
    return publicKeyOf(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--public-key ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
