// `check`: the controls for a pipeline. The exit code is the answer; the text says what is behind it.

import type { Command } from 'commander';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import { type ComplianceVerdict, verdicts } from '../../inventory/snapshot.ts';
import { instantOf } from '../../inventory/units.ts';
import type { Checked, CheckedFinding } from '../../postgres/explanation.ts';
import { plainLine } from '../../terminal-text.ts';
import { filledSentence } from '../../web/report/sentence.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { requestOf } from './report-request.ts';

interface CheckOptions {
  control?: string[];
  project?: string[];
  asOf?: string;
  json?: boolean;
}

export const checkCommand: CommandModule<CheckOptions> = {
  name: 'check',
  summary: 'evaluate the controls; the exit code says whether all hold',
  define(command: Command) {
    command
      .option('--control <id...>', 'only these controls, such as BK-01')
      .option('--project <project...>', 'only these projects, by id or name')
      .option('--as-of <time>', 'as of an instant with its zone, or of the end of a day')
      .option('--json', 'as one JSON object');
  },
  run,
};

async function run(context: CommandContext, options: CheckOptions): Promise<ExitCode> {
  const now = context.now();
  const { asOf } = requestOf({ asOf: options.asOf }, 'instant', now);
  const config = await context.loadReaderConfig();
  const { openExistingDatabase } = await import('../wire.ts');
  const { requireCurrentSchema } = await import('../../postgres/migrator.ts');
  const { checkAll, controlIds, instantToJudge } = await import('../../postgres/explanation.ts');
  await using database = await openExistingDatabase(config);
  await requireCurrentSchema(database);
  refuseUnknown(options.control, await controlIds(database));
  const checked = await checkAll(database, await instantToJudge(database, { asOf, now }));
  const findings = selected(checked.findings, options);
  const code = codeOf(findings);
  if (options.json === true) context.stdout.write(`${JSON.stringify(asJson(checked, findings, code), null, 2)}\n`);
  else context.stdout.write(asText(checked, findings));
  return code;
}

function refuseUnknown(wanted: readonly string[] | undefined, known: readonly string[]): void {
  const stranger = wanted?.find((id) => !known.includes(id));
  if (stranger === undefined) return;
  throw new UsageError(`--control ${stranger}: there is no such control. The controls: ${known.join(', ')}.`);
}

function selected(findings: readonly CheckedFinding[], { control, project }: CheckOptions): CheckedFinding[] {
  const found = findings.filter(
    ({ projectId, projectName }) =>
      project === undefined || project.includes(projectId) || (projectName !== null && project.includes(projectName)),
  );
  if (project !== undefined && findings.length > 0 && found.length === 0) {
    throw new UsageError(`--project ${project.join(' ')}: no such project is judged.`);
  }
  return found.filter(({ controlId }) => control === undefined || control.includes(controlId));
}

/** No finding at all is no proof of anything. */
function codeOf(findings: readonly CheckedFinding[]): ExitCode {
  if (findings.some(({ verdict }) => verdict === 'NON_COMPLIANT')) return exit.nonCompliant;
  if (findings.length === 0 || findings.some(({ verdict }) => verdict === 'UNKNOWN')) return exit.unknown;
  return exit.ok;
}

function countsOf(findings: readonly CheckedFinding[]): Map<ComplianceVerdict, number> {
  const counts = new Map<ComplianceVerdict, number>(verdicts.map((verdict) => [verdict, 0]));
  for (const { verdict } of findings) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return counts;
}

function asText({ knownAt }: Checked, findings: readonly CheckedFinding[]): string {
  if (knownAt === null) return 'UNKNOWN: not observed. Nothing has been read yet. Run: backup-inventory sync.\n';
  const lines = findings
    .filter(({ verdict }) => verdict === 'NON_COMPLIANT' || verdict === 'UNKNOWN')
    .map((finding) => {
      const { verdict, controlId, projectName, projectId, instanceName, instanceId } = finding;
      const subject = [projectName ?? projectId, instanceName ?? instanceId ?? '(the project)']
        .map(plainLine)
        .join(' / ');
      return `${verdict.padEnd(13)}  ${controlId}  ${subject}: ${sentenceOf(finding)}`;
    });
  const counts = [...countsOf(findings)].map(([verdict, times]) => `${times} ${verdict}`).join(', ');
  const known = `from readings committed up to ${instantOf(knownAt)}`;
  return `${[...lines, `${findings.length} findings ${known}: ${counts}`].join('\n')}\n`;
}

function sentenceOf(finding: CheckedFinding): string {
  return filledSentence({ ...finding, dataAsOf: finding.dataAsOf === null ? null : instantOf(finding.dataAsOf) });
}

function asJson({ knownAt }: Checked, findings: readonly CheckedFinding[], code: ExitCode) {
  return {
    exitCode: code,
    observed: knownAt !== null,
    knownAt: knownAt === null ? null : instantOf(knownAt),
    counts: Object.fromEntries(countsOf(findings)),
    findings: findings
      .filter(({ verdict }) => verdict === 'NON_COMPLIANT' || verdict === 'UNKNOWN')
      .map((finding) => ({ ...finding, sentence: sentenceOf(finding) })),
  };
}
