// Compares a scrape with what SQL says the same samples should be. Not how those are found (postgres/reconcile.ts).

import { prefix } from './family.ts';
import { type ScrapedSample, seriesOf } from './scrape.ts';

/** The samples of one metric as its SQL definition has them. */
export interface Recomputed {
  /** Without prefix. */
  metric: string;
  samples: readonly { labels: Readonly<Record<string, string>>; value: number }[];
}

/** A series on which the two do not agree; null = it is not there. */
export interface Difference {
  series: string;
  scraped: number | null;
  recomputed: number | null;
}

export interface Reconciliation {
  differences: readonly Difference[];
  /** Series that were compared. */
  compared: number;
}

/** Every series of the recomputed metrics, in the scrape or not. */
export function reconcile(scrape: readonly ScrapedSample[], recomputed: readonly Recomputed[]): Reconciliation {
  const byName = Map.groupBy(scrape, (sample) => sample.name);
  const differences: Difference[] = [];
  let compared = 0;
  for (const { metric, samples } of recomputed) {
    const name = prefix + metric;
    const expected = new Map(samples.map(({ labels, value }) => [seriesOf({ name, labels }), value]));
    const scraped = new Map((byName.get(name) ?? []).map((sample) => [seriesOf(sample), sample.value]));
    for (const series of new Set([...expected.keys(), ...scraped.keys()])) {
      compared += 1;
      const pair = { scraped: scraped.get(series) ?? null, recomputed: expected.get(series) ?? null };
      if (pair.scraped !== pair.recomputed) differences.push({ series, ...pair });
    }
  }
  return { differences, compared };
}

/** When the facts and the verdicts of a scrape were read; null where it does not say. */
export function instantsOf(scrape: readonly ScrapedSample[]): { takenAt: Date | null; judgedAt: Date | null } {
  const at = (metric: string) => {
    const seconds = scrape.find((sample) => sample.name === prefix + metric)?.value;
    return seconds === undefined ? null : new Date(Math.round(seconds * 1000));
  };
  return { takenAt: at('snapshot_timestamp_seconds'), judgedAt: at('verdicts_timestamp_seconds') };
}
