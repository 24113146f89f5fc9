// What `report`, `check` and `explain` are asked: options turned into instants and days. Throws UsageError.

import { UsageError } from '../../faults.ts';
import type { ReportKind } from '../../inventory/report.ts';
import type { Database } from '../../postgres/database.ts';
import { type ReportRequest, type ReportWords, readRequest } from '../../web/report/request.ts';

export interface ReportOptions extends ReportWords {
  format?: string;
  output?: string;
  evidence?: string;
  signKey?: string;
  previous?: string;
}

/** The request in the options. Throws UsageError. */
export function requestOf(options: ReportWords, kind: ReportKind, now: Date): ReportRequest {
  const request = readRequest(options, kind, now, (name) => `--${name}`);
  if (typeof request === 'string') throw new UsageError(request);
  return request;
}

/** A zone that this program knows may still be unknown to Postgres. */
export async function refuseZone(database: Database, timeZone: string): Promise<void> {
  if (timeZone === 'UTC') return;
  const { isTimeZone } = await import('../../postgres/report.ts');
  if (await isTimeZone(database, timeZone)) return;
  throw new UsageError(`--time-zone: the database knows no time zone "${timeZone}".`);
}
