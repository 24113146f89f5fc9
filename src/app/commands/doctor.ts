// `doctor`: what works and what does not, one line each, with what to do. Changes nothing.

import type { CloudConfig } from '../../config.ts';
import { type ExitCode, exit } from '../../exit-codes.ts';
import type { CloudError } from '../../inventory/errors.ts';
import type { Project } from '../../inventory/model.ts';
import { plainLine } from '../../terminal-text.ts';
import type { CommandContext, CommandModule } from './command.ts';

/** One thing looked at. */
interface Finding {
  subject: string;
  ok: boolean;
  says: string;
}

export const doctorCommand: CommandModule = {
  name: 'doctor',
  summary: 'check configuration, credentials, permissions, clock and database',
  run,
};

/** The cloud refuses signatures past 15 minutes; well before that somebody should know. */
const skewLimitSeconds = 60;

async function run(context: CommandContext): Promise<ExitCode> {
  const config = await context.loadConfig();
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    const { subject, ok, says } = finding;
    context.stdout.write(
      context.secrets.scrub(`${ok ? 'ok   ' : 'FAULT'} ${plainLine(subject)}: ${plainLine(says)}\n`),
    );
  };
  tell({ subject: 'configuration', ok: true, says: config.file ?? 'from the environment' });
  await checkCloud(context, config, tell);
  await checkDatabase(config, tell);
  return findings.every(({ ok }) => ok) ? exit.ok : exit.failure;
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

async function checkDatabase(config: CloudConfig, tell: (finding: Finding) => void): Promise<void> {
  const { openConfiguredDatabase } = await import('../wire.ts');
  const { schemaStatus } = await import('../../postgres/migrator.ts');
  try {
    await using database = await openConfiguredDatabase(config);
    const { state, version } = await schemaStatus(database);
    const says = database.kind === 'postgres' ? 'reachable' : `embedded in ${config.database.directory}`;
    tell({ subject: 'database', ok: true, says });
    const todo = state === 'current' ? '' : '; run `backup-inventory migrate`, or the next `sync` does it';
    tell({ subject: 'schema', ok: true, says: `version ${version}, ${state}${todo}` });
  } catch (error) {
    tell({ subject: 'database', ok: false, says: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
