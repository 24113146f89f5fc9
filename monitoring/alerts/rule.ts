// What an alert and a recording rule are made of, before they become YAML. Not how they are written (render.ts).

/** Turns seconds into a Prometheus duration. The drill passes one that compresses time. */
export type Span = (seconds: number) => string;

/** page: somebody gets up at night. ticket: somebody looks in working hours. */
export type Severity = 'page' | 'ticket';

/** An alert. `expr` and the annotations are Prometheus' own languages; ids are labels, names are looked up by annotations. */
export interface Alert {
  alert: string;
  severity: Severity;
  /** How long the expression must hold, in seconds. */
  forSeconds: number;
  expr: (span: Span) => string;
  /** One line for the pager: what is wrong with whom. */
  summary: string;
  /** What it means; plain text, the same for every instance of the alert. */
  description: string;
}

/** A series that other rules use. */
export interface Recording {
  record: string;
  expr: (span: Span) => string;
}

export const minute = 60;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Real time: `90` → `90s`, `7200` → `2h`. */
export const realTime: Span = (seconds) => {
  if (seconds % day === 0) return `${seconds / day}d`;
  if (seconds % hour === 0) return `${seconds / hour}h`;
  if (seconds % minute === 0) return `${seconds / minute}m`;
  return `${seconds}s`;
};
