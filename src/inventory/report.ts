// Reports as data: what one holds. Which there are: report-list.ts; how one is asked for: postgres/report.ts; how it looks:
// web/report/. Columns and their meanings come from the database's own comments.

import type { Instant } from './units.ts';

/** `instant`: what stood at one moment. `period`: what happened on the days of a period, as known at one moment. */
export type ReportKind = 'instant' | 'period';

export interface ReportDefinition {
  /** compliance.report_<name> is its function, and its view with the default parameters. */
  name: string;
  title: string;
  /** The question that it answers. */
  question: string;
  kind: ReportKind;
  /** Columns that put its rows in the one order they are ever shown in. */
  order: readonly string[];
  /** Columns for a screen; the files have all of them. */
  brief: readonly string[];
}

/** What a column holds; a list is of texts. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'instant' | 'day' | 'list';

export interface ReportColumn {
  name: string;
  kind: ColumnKind;
  meaning: string;
}

/** Instants are canonical UTC text, days `YYYY-MM-DD`. */
export type Cell = string | number | boolean | null | readonly string[];

export interface ReportPeriod {
  /** Both days are included. */
  firstDay: string;
  lastDay: string;
  timeZone: string;
}

/** Why there is nothing to report: nobody looked then, or what was seen is no longer kept. */
export interface NotObserved {
  message: string;
  /** The earliest instant that can be asked for; null = there is none yet. */
  earliest: Instant | null;
}

/** What a period that begins before the inventory does cannot show. */
export function lateBeginning(observedFrom: Instant): string {
  return (
    `The inventory begins at ${observedFrom}, with its first certified reading: of what went before that, it cannot ` +
    'know. Projects that were added later begin later, see the report completeness.'
  );
}

export interface Report {
  definition: ReportDefinition;
  /** The instant whose knowledge it shows; null = now, so it is left out of what must not change. */
  asOf: Instant | null;
  /** null for a report of an instant. */
  period: ReportPeriod | null;
  /** When the first certified reading that is kept began, where that is after the period did; else null. */
  observedFrom: Instant | null;
  /** When the newest reading that it knows of was committed. */
  knownAt: Instant | null;
  notObserved: NotObserved | null;
  columns: readonly ReportColumn[];
  rows: readonly (readonly Cell[])[];
}
