// Where the rows of a sweep go as they arrive: to the stage, counted, with what was odd about them.

import type { Anomaly, ListPage } from '../inventory/model.ts';
import type { Stage } from '../inventory/ports.ts';

/** Anomalies kept of one sweep; the store folds equal ones. */
const maxAnomalies = 1000;

export interface Intake {
  take(page: ListPage): Promise<void>;
  /** Ids seen; kept for windows only, whole lists are too long. */
  readonly ids: ReadonlySet<string>;
  readonly anomalies: Anomaly[];
  rows(): number;
}

/** @param onProgress is told how many rows came, and the total that the API reports */
export function createIntake(
  stage: Stage,
  onProgress: (rows: number, total: number | null) => void,
  keepIds: boolean,
): Intake {
  const ids = new Set<string>();
  const anomalies: Anomaly[] = [];
  let rows = 0;
  return {
    ids,
    anomalies,
    rows: () => rows,
    async take(page) {
      for (const anomaly of page.anomalies) if (anomalies.length < maxAnomalies) anomalies.push(anomaly);
      if (keepIds) for (const { id } of page.items) if (id !== null) ids.add(id);
      const facts = page.items.flatMap(({ fact }) => (fact === null ? [] : [fact]));
      rows += facts.length;
      onProgress(rows, page.total);
      await stage.add(facts);
    },
  };
}
