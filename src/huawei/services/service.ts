// What a cloud service must say of itself to be read: where it listens, its lists, and how a row becomes a fact.
// A new service is one file beside this one and one line in index.ts; the contract suite in test/huawei holds it to this.

import type { Anomaly, ListItem, Scope } from '../../inventory/model.ts';
import type { BeginWindow } from '../../inventory/ports.ts';
import type { Instant } from '../../inventory/units.ts';
import type { QueryPair } from '../signer.ts';

export interface CloudService {
  readonly name: string;
  /** What its host name starts with, before `.<region>.myhuaweicloud.com`. */
  readonly hostPrefix: string;
  readonly lists: Readonly<Record<Scope, ServiceList>>;
}

export interface ServiceList {
  /** Names of the two calls in telemetry and errors; a closed set. */
  readonly operation: string;
  readonly lookUpOperation: string;
  /** The member of the answer that holds the rows. */
  readonly rowsKey: string;
  /** The member that holds the number of all matches. */
  readonly totalKey: string;
  path(projectId: string): string;
  /** Filters that make the list this scope's, without paging. */
  readonly filters: readonly QueryPair[];
  windowQuery(window: BeginWindow): readonly QueryPair[];
  lookUpQuery(id: string): readonly QueryPair[];
  /** API codes that mean "no such row" when one id is asked for. */
  readonly goneCodes: readonly string[];
  /** Never throws: what cannot be read becomes an anomaly, and the row keeps its place. */
  readRow(row: unknown, context: RowContext): ReadRow;
}

export interface RowContext {
  /** Begin times after this are reported: one day ahead of the clock. */
  latestPlausible: Instant;
}

export interface ReadRow {
  item: ListItem;
  anomalies: Anomaly[];
}
