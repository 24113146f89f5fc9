// `doctor`: what works and what does not, one line each, with what to do. Changes nothing.

import type { Command } from 'commander';
import type { CloudConfig, Config } from '../../config.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import type { CloudError } from '../../inventory/errors.ts';
import type { Project } from '../../inventory/model.ts';
import type { HistorySpan } from '../../postgres/history-span.ts';
import { plainLine } from '../../terminal-text.ts';
import type { CommandContext, CommandModule } from './command.ts';

/** One thing looked at. */
interface Finding {
  subject: string;
  ok: boolean;
  says: string;
}

interface DoctorOptions {
  /** An address, or true for that of this configuration. */
  reconcile?: string | true;
}

export const doctorCommand: CommandModule<DoctorOptions> = {
  name: 'doctor',
  summary: 'check configuration, credentials, permissions, clock and database',
  define(command: Command) {
    const text = 'instead: compare the metrics of a running exporter with what SQL says (default: the own address)';
    command.option('--reconcile [url]', text);
  },
  run,
};

/** The cloud refuses signatures past 15 minutes; well before that somebody should know. */
const skewLimitSeconds = 60;

async function run(context: CommandContext, { reconcile }: DoctorOptions): Promise<ExitCode> {
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    const { subject, ok, says } = finding;
    context.stdout.write(
      context.secrets.scrub(`${ok ? 'ok   ' : 'FAULT'} ${plainLine(subject)}: ${plainLine(says)}\n`),
    );
  };
  const heading = (file: string | null) =>
    tell({ subject: 'configuration', ok: true, says: file ?? 'from the environment' });
  if (reconcile === undefined) {
    const config = await context.loadConfig();
    heading(config.file);
    await checkCloud(context, config, tell);
    await checkDatabase(config, tell, context.clock.now());
  } else {
    const config = await context.loadReaderConfig();
    heading(config.file);
    if (await checkDatabase(config, tell, context.clock.now())) await checkMetrics(context, config, reconcile, tell);
  }
  return findings.every(({ ok }) => ok) ? exit.ok : exit.failure;
}

/** Differences told one by one; the rest is a number. */
const toldDifferences = 20;

async function checkMetrics(
  context: CommandContext,
  config: Config,
  address: string | true,
  tell: (finding: Finding) => void,
): Promise<void> {
  const { openExistingDatabase } = await import('../wire.ts');
  const { ownMetricsUrl, reconcileScrape } = await import('../wire-reconcile.ts');
  const url = address === true ? ownMetricsUrl(config) : address;
  const { clock, signal } = context;
  await using database = await openExistingDatabase(config);
  const outcome = await reconcileScrape({ config, database, clock, signal }, url);
  if (outcome.kind === 'unreadable') return tell({ subject: 'metrics', ok: false, says: outcome.message });
  if (outcome.kind === 'moving') {
    return tell({ subject: 'metrics', ok: false, says: 'runs went on all the time; try again between two runs' });
  }
  const { differences, compared } = outcome;
  for (const { series, scraped, recomputed } of differences.slice(0, toldDifferences)) {
    const says = `shows ${scraped ?? 'nothing'}, SQL says ${recomputed ?? 'nothing'}`;
    tell({ subject: series, ok: false, says });
  }
  const says = `${compared} series compared with SQL, ${differences.length} differ`;
  tell({ subject: 'metrics', ok: differences.length === 0, says });
}

async function checkCloud(context: CommandContext, config: CloudConfig, tell: (finding: Finding) => void) {
  const { openCloud, configuredProjects } = await import('../wire.ts');
  const { createSelfMetrics } = await import('../../prometheus/self.ts');
  await using cloud = openCloud(config, context.clock, createSelfMetrics());
  const call = { signal: context.signal, tally: { requests: 0, retries: 0, throttleWaitSeconds: 0 } };
  const projects = new Map(configuredProjects(config).map((project) => [project.projectId, project]));
  if (config.discovery.enabled) {
    try {
      for (const project of await cloud.discoverProjects(config.discovery.regions, call)) {
        if (!projects.has(project.projectId)) projects.set(project.projectId, project);
      }
      tell({ subject: 'discovery', ok: true, says: `${projects.size} projects with the configured ones` });
    } catch (error) {
      tell({ subject: 'discovery', ok: false, says: messageOf(error) });
    }
  }
  let skew: number | null = null;
  for (const project of projects.values()) {
    const { lists, clockSkewSeconds } = await cloud.probe(project, call);
    skew = clockSkewSeconds ?? skew;
    for (const { scope, error } of lists) tell(listFinding(project, scope, error));
  }
  if (skew !== null) tell(skewFinding(skew));
}

function listFinding(project: Project, scope: string, error: CloudError | null): Finding {
  const subject = `${project.name} (${project.projectId}) ${scope}`;
  return error === null ? { subject, ok: true, says: 'readable' } : { subject, ok: false, says: messageOf(error) };
}

function skewFinding(seconds: number): Finding {
  const ok = Math.abs(seconds) <= skewLimitSeconds;
  const says = `${Math.round(Math.abs(seconds))} s ${seconds < 0 ? 'behind' : 'ahead of'} the cloud`;
  return { subject: 'clock', ok, says: ok ? says : `${says}; correct the clock of this host (NTP)` };
}

/** Whether the database can be read. */
async function checkDatabase(config: Config, tell: (finding: Finding) => void, now: Date): Promise<boolean> {
  const { url, directory } = config.database;
  const { openExistingDatabase } = await import('../wire.ts');
  const { hasEmbedded } = await import('../../postgres/embedded.ts');
  const { schemaStatus } = await import('../../postgres/migrator.ts');
  const { historySpan } = await import('../../postgres/history-span.ts');
  if (url === null && !hasEmbedded(directory)) {
    tell({ subject: 'database', ok: true, says: `none in ${directory} yet; the first \`sync\` makes it` });
    return false;
  }
  try {
    await using database = await openExistingDatabase(config);
    const { state, version } = await schemaStatus(database);
    const says = database.kind === 'postgres' ? 'reachable' : `embedded in ${directory}`;
    tell({ subject: 'database', ok: true, says });
    const todo = state === 'current' ? '' : '; run `backup-inventory migrate`, or the next `sync` does it';
    tell({ subject: 'schema', ok: true, says: `version ${version}, ${state}${todo}` });
    if (state === 'current') tell(inventoryFinding(await historySpan(database.db, null), now));
    return state === 'current';
  } catch (error) {
    tell({ subject: 'database', ok: false, says: messageOf(error) });
    return false;
  }
}

/** Commits may be this far ahead of this host's clock: two hosts, each a little off. */
const aheadLimitMs = 30 * 60_000;

/** From when on the inventory can prove anything, and whether a wrong clock has dated a part of it into the future. */
function inventoryFinding({ beginsAt, newestCommitAt }: HistorySpan, now: Date): Finding {
  const subject = 'inventory';
  if (beginsAt === null || newestCommitAt === null) {
    return { subject, ok: true, says: 'empty: what comes and goes before the first certified run cannot be proved' };
  }
  const aheadMs = newestCommitAt.getTime() - now.getTime();
  if (aheadMs > aheadLimitMs) {
    const says = `its newest reading is dated ${newestCommitAt.toISOString()}: a clock was ahead, or this one is behind. Lists and metrics go on; verdicts are UNKNOWN until then. Restore a dump from before it, or wait`;
    return { subject, ok: false, says };
  }
  return { subject, ok: true, says: `begins ${beginsAt.toISOString()}; nothing before that can be proved` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
