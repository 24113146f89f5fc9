// `explain INSTANCE`: why each control says what it says.

import type { Command } from 'commander';
import { type ExitCode, exit } from '../../exit-codes.ts';
import { UsageError } from '../../faults.ts';
import type { InstanceMatch } from '../../inventory/explanation.ts';
import { plainLine } from '../../terminal-text.ts';
import { explanationLines } from '../../web/report/explanation.ts';
import { filledSentence } from '../../web/report/sentence.ts';
import type { CommandContext, CommandModule } from './command.ts';
import { requestOf } from './report-request.ts';

interface ExplainOptions {
  project?: string;
  asOf?: string;
  control?: string[];
  json?: boolean;
}

export const explainCommand: CommandModule<ExplainOptions> = {
  name: 'explain',
  summary: 'say why each control says what it says of an instance',
  define(command: Command) {
    command
      .argument('<instance>', 'its id or name')
      .option('--project <project>', 'id or name of its project, where the name alone is not enough')
      .option('--control <id...>', 'only these controls, such as BK-01')
      .option('--as-of <time>', 'as of an instant with its zone, or of the end of a day')
      .option('--json', 'as one JSON object');
  },
  run,
};

async function run(context: CommandContext, options: ExplainOptions, args: readonly string[]): Promise<ExitCode> {
  const text = args[0] ?? '';
  const now = context.now();
  const request = requestOf({ asOf: options.asOf }, 'instant', now);
  const config = await context.loadReaderConfig();
  const { openExistingDatabase } = await import('../wire.ts');
  const { requireCurrentSchema } = await import('../../postgres/migrator.ts');
  const { explainInstance, findInstances, instantToJudge } = await import('../../postgres/explanation.ts');
  await using database = await openExistingDatabase(config);
  await requireCurrentSchema(database);
  const asOf = await instantToJudge(database, { asOf: request.asOf, now });
  const instance = only(await findInstances(database, { text, asOf }), text, options.project);
  const explanation = await explainInstance(database, { instance, asOf });
  const wanted = options.control;
  const findings = explanation.findings.filter(({ controlId }) => wanted === undefined || wanted.includes(controlId));
  if (wanted !== undefined && findings.length === 0) {
    throw new UsageError(`--control ${wanted.join(' ')}: no such control judges ${text}.`);
  }
  const { stdout } = context;
  if (options.json === true) {
    const told = findings.map((finding) => ({ ...finding, sentence: filledSentence(finding) }));
    stdout.write(`${JSON.stringify({ ...explanation, findings: told }, null, 2)}\n`);
  } else {
    for (const line of explanationLines({ ...explanation, findings }, plainLine)) stdout.write(line);
  }
  return exit.ok;
}

/** The one instance that is meant. Throws UsageError with what there is. */
function only(matches: readonly InstanceMatch[], text: string, project: string | undefined): InstanceMatch {
  const inProject = matches.filter(
    ({ projectId, projectName }) => project === undefined || project === projectId || project === projectName,
  );
  const live = inProject.filter(({ state }) => state === 'live');
  const [match, another] = live.length === 1 ? live : inProject;
  if (match !== undefined && another === undefined) return match;
  if (match === undefined) {
    const where = project === undefined ? '' : ` in project ${project}`;
    throw new UsageError(`No instance has the id or name "${text}"${where}. report population lists them.`);
  }
  const list = inProject.map(
    ({ projectId, projectName, instanceId, state }) =>
      `  ${instanceId} in ${projectName ?? projectId} (${projectId}), ${state}`,
  );
  throw new UsageError(`"${text}" means more than one instance; give its id, or --project:\n${list.join('\n')}`);
}
