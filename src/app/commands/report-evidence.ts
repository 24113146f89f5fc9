// `report --evidence DIR`: all reports of a period from one snapshot, with digests, linked to the export before.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { configDigest } from '../../config.ts';
import { type Signer, signerOf } from '../../evidence/signing.ts';
import { EvidenceFolderError, type EvidenceReport, writeEvidence } from '../../evidence/write.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import type { Report } from '../../inventory/report.ts';
import { reports } from '../../inventory/report-list.ts';
import { instantOf } from '../../inventory/units.ts';
import { programVersion } from '../../version.ts';
import { csvLines } from '../../web/report/csv.ts';
import { jsonLines } from '../../web/report/json.ts';
import type { CommandContext } from './command.ts';
import { type ReportOptions, refuseZone, requestOf } from './report-request.ts';

/** Writes the export. Throws UsageError where the folder, the key or the period cannot be used. */
export async function exportEvidence(
  context: CommandContext,
  options: ReportOptions & { evidence: string },
): Promise<ExitCode> {
  if (options.format !== undefined || options.output !== undefined) {
    throw new UsageError('--evidence writes CSV and JSON to its folder: leave --format and --output out.');
  }
  const now = context.now();
  const request = requestOf(options, 'period', now);
  const signer = options.signKey === undefined ? null : await readSigner(options.signKey);
  const config = await context.loadReaderConfig();
  const { openExistingDatabase } = await import('../wire.ts');
  const { requireCurrentSchema } = await import('../../postgres/migrator.ts');
  const { readProvenance, runReports } = await import('../../postgres/report.ts');
  await using database = await openExistingDatabase(config);
  await requireCurrentSchema(database);
  await refuseZone(database, request.timeZone);
  // One instant for all, so that a run that commits meanwhile changes nothing.
  const asOf = request.asOf ?? now;
  const ofPeriod = reports.filter(({ kind }) => kind === 'period');
  const made = await runReports(database, ofPeriod, { ...request, asOf, now });
  const [first] = made;
  if (first === undefined || first.period === null) throw new Error('No report of the period was made.');
  if (first.notObserved !== null || first.knownAt === null) {
    throw new UsageError(first.notObserved?.message ?? 'not observed: nothing was read.');
  }
  const provenance = await readProvenance(database, first.period, asOf);
  const verdictsAt = new Date(Math.min(provenance.endsAt.getTime(), asOf.getTime()));
  const ofInstant = reports.filter(({ kind }) => kind === 'instant');
  made.push(...(await runReports(database, ofInstant, { ...request, asOf: verdictsAt, now })));
  try {
    const result = await writeEvidence({
      directory: resolve(options.evidence),
      previous: options.previous === undefined ? null : resolve(options.previous),
      signer,
      createdAt: instantOf(now),
      period: first.period,
      asOf: instantOf(asOf),
      knownAt: first.knownAt,
      program: { version: programVersion() },
      schema: provenance.schema,
      controls: provenance.controls,
      readings: provenance.readings,
      configurations: { exported: configDigest(config), ran: provenance.configDigests },
      notObserved: made.flatMap(({ definition, notObserved }) =>
        notObserved === null ? [] : [{ report: definition.name, message: notObserved.message }],
      ),
      reports: made.filter(({ notObserved }) => notObserved === null).map(evidenceOf),
    });
    const link = result.previous === null ? 'the first of its chain' : `linked to ${result.previous.directory}`;
    context.stdout.write(
      `${options.evidence}: ${result.files} files, ${result.bytes} bytes, ${link}\nmanifest ${result.manifestDigest}\n`,
    );
    return exit.ok;
  } catch (error) {
    if (error instanceof EvidenceFolderError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function evidenceOf({ definition, columns, rows, asOf }: Report): EvidenceReport {
  return {
    name: definition.name,
    title: definition.title,
    rows: rows.length,
    asOf: asOf ?? '',
    columns: columns.map(({ name, kind }) => ({ name, kind })),
    csv: csvLines(columns, rows),
    json: jsonLines(columns, rows),
  };
}

async function readSigner(path: string): Promise<Signer> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`--sign-key ${path}: the file cannot be read.`, { cause });
  }
  try {
    return signerOf(pem);
  } catch (error) {
    throw new UsageError(`--sign-key ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
