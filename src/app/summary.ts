// A run's summary for people (a table and a closing line) and for scripts (one JSON object).

import Table from 'cli-table3';
import { plainLine } from '../terminal-text.ts';
import type { RunSummary, ScopeSummary } from './run-summary.ts';

const columns = [
  'project',
  'scope',
  'listed',
  'new',
  'changed',
  'unchanged',
  'retired',
  'requests',
  'retries',
  'certified',
] as const;
const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-left`, `${side}-right`, `${side}-mid`].map((name) => [name, '']),
  ),
);

/** The table, one line for each scope that is not certified, and the closing line. Ends with a line break. */
export function summaryTable(summary: RunSummary, options: { colours: boolean }): string {
  const table = new Table({
    head: [...columns],
    colAligns: columns.map((_, index) => (index < 2 || index === columns.length - 1 ? 'left' : 'right')),
    chars: {
      ...noBorders,
      'left-mid': '',
      'mid-mid': '',
      'right-mid': '',
      'top-mid': '',
      'bottom-mid': '',
      middle: '  ',
    },
    style: { head: options.colours ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const scope of summary.scopes) table.push(cells(scope, options.colours));
  const rows = summary.scopes.length === 0 ? 'nothing was swept' : trimmedLines(table.toString());
  return [rows, '', ...summary.scopes.flatMap(explanation), closingLine(summary), ''].join('\n');
}

/** The summary as the object that `--json` prints: names as in the columns of inventory.run and inventory.sweep. */
export function summaryJson(summary: RunSummary): Record<string, unknown> {
  const { runId, trigger, mode, startedAt, finishedAt, outcome, exitCode, scopes } = summary;
  return {
    run_id: runId,
    trigger,
    mode,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    duration_seconds: secondsBetween(startedAt, finishedAt),
    outcome,
    exit_code: exitCode,
    scopes_total: scopes.length,
    scopes_certified: scopes.filter((scope) => scope.certified).length,
    scopes: scopes.map(scopeJson),
  };
}

function cells(scope: ScopeSummary, colours: boolean): string[] {
  const { listed, inserted, updated, unchanged, retired, requests, retries } = scope;
  const counts = [listed, inserted, updated, unchanged, retired, requests, retries].map(String);
  return [shortened(scope.projectName), scope.scope, ...counts, coloured(verdict(scope), scope, colours)];
}

function verdict(scope: ScopeSummary): string {
  if (scope.quarantined) return 'yes, quarantined';
  // A sweep of recent backups is never certified, on purpose: no fault to read out.
  if (scope.reason === 'recent') return 'recent only';
  return scope.certified ? 'yes' : `no: ${scope.reason ?? 'unknown'}`;
}

function coloured(text: string, scope: ScopeSummary, colours: boolean): string {
  if (!colours) return text;
  const colour = scope.quarantined ? 33 : scope.certified || scope.reason === 'recent' ? 32 : 31;
  return `\u001b[${colour}m${text}\u001b[0m`;
}

function explanation(scope: ScopeSummary): string[] {
  const subject = `${shortened(scope.projectName)} ${scope.scope}`;
  const lines = scope.quarantined
    ? [
        `${subject}: too many rows would be missing at once; none was struck. Look into the console; if they are really gone, run sync --accept-mass-retirement.`,
      ]
    : [];
  if (scope.errorMessage === null) return lines;
  const code = scope.errorCode === null ? '' : `${scope.errorCode}: `;
  return [...lines, `${subject}: ${code}${plainLine(scope.errorMessage)}`];
}

function closingLine(summary: RunSummary): string {
  const certified = summary.scopes.filter((scope) => scope.certified).length;
  const seconds = secondsBetween(summary.startedAt, summary.finishedAt);
  const parts = [
    `run ${summary.runId}`,
    summary.outcome,
    `${certified} of ${summary.scopes.length} scopes certified`,
    `${seconds.toFixed(1)} s`,
    `exit ${summary.exitCode}`,
  ];
  return parts.join(' · ');
}

function scopeJson(scope: ScopeSummary): Record<string, unknown> {
  return {
    project_id: scope.projectId,
    project_name: scope.projectName,
    scope: scope.scope,
    mode: scope.mode,
    certified: scope.certified,
    reason: scope.reason,
    quarantined: scope.quarantined,
    listed: scope.listed,
    inserted: scope.inserted,
    updated: scope.updated,
    unchanged: scope.unchanged,
    struck: scope.struck,
    retired: scope.retired,
    revived: scope.revived,
    requests: scope.requests,
    retries: scope.retries,
    rescans: scope.rescans,
    duplicates: scope.duplicates,
    error_code: scope.errorCode,
    error_message: scope.errorMessage,
    duration_seconds: scope.durationSeconds,
  };
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

/** Names are foreign text, and may be 10 kB long. */
function shortened(name: string): string {
  const plain = [...plainLine(name)];
  return plain.length > 40 ? `${plain.slice(0, 39).join('')}…` : plain.join('');
}

function trimmedLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
