// Scrapes an exposition as a client would.

import { gunzipSync } from 'node:zlib';
import type { Snapshot } from '../../src/inventory/snapshot.ts';
import { createExposition, type Exposition, type Process, type ScrapeAnswer } from '../../src/prometheus/exposition.ts';
import { parseScrape, type ScrapedSample } from '../../src/prometheus/scrape.ts';

export const ourProcess: Process = {
  version: '1.0.0',
  revision: 'abc',
  nodeVersion: 'v24.0.0',
  schemaVersion: '3',
  runInProgress: false,
  scheduleIntervalSeconds: 3600,
  freshnessLimitSeconds: 10_800,
};

export const openMetrics = 'application/openmetrics-text; version=1.0.0';

export async function expositionOf(snapshot: Snapshot, now = snapshot.takenAt): Promise<Exposition> {
  const exposition = createExposition({ process: () => ourProcess });
  await exposition.update(snapshot, now);
  return exposition;
}

/** The text of an answer, decompressed where it is compressed. */
export async function textOf(answer: ScrapeAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return (answer.headers['Content-Encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

/** The samples of ours, without those of the process. */
export async function samplesOf(exposition: Exposition): Promise<ScrapedSample[]> {
  const text = await textOf(await exposition.scrape({}));
  return parseScrape(text).filter((sample) => sample.name.startsWith('backup_inventory_'));
}

/** Values of a metric by the values of its labels. */
export async function valuesOf(snapshot: Snapshot, metric: string, now?: Date): Promise<Record<string, number>> {
  const samples = await samplesOf(await expositionOf(snapshot, now));
  const named = samples.filter((sample) => sample.name === `backup_inventory_${metric}`);
  return Object.fromEntries(named.map((sample) => [Object.values(sample.labels).join(' '), sample.value]));
}
