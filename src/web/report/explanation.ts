// What `explain` prints: per control the sentence a human would write, then what it stands on.

import type { ExplainedFinding, ExplainedObjective, Explanation } from '../../inventory/explanation.ts';
import { count, counted, measure, size, span } from '../pages/words.ts';
import { filledSentence } from './sentence.ts';

/** The lines for a terminal. `plain` makes foreign text harmless. */
export function* explanationLines(explanation: Explanation, plain: (text: string) => string): Generator<string> {
  const { instance, objective, findings } = explanation;
  const name = instance.instanceName === null ? '' : `${plain(instance.instanceName)} `;
  const where = plain(instance.projectName ?? instance.projectId);
  yield `${name}(${plain(instance.instanceId)}) in ${where}: ${stateWords[instance.state]}\n`;
  yield `objective: ${objective === null ? 'none matches' : objectiveWords(objective, plain)}\n`;
  if (findings.length === 0) yield '\nNo control judges it.\n';
  for (const finding of findings) yield `\n${findingLines(finding, plain).join('\n')}\n`;
}

const stateWords = {
  live: 'live',
  gone: 'gone from the cloud',
  unlisted: 'never listed as an instance; only its backups are known',
} as const;

function objectiveWords(objective: ExplainedObjective, plain: (text: string) => string): string {
  const { rpoSeconds, retentionSeconds, minimumCopies, manualCounts, position, configDigest, setBy, validFrom } =
    objective;
  const manual = manualCounts ? 'manual backups count' : 'manual backups do not count';
  return (
    `RPO ${span(rpoSeconds)}, retention ${span(retentionSeconds)}, ${count(minimumCopies)} copies, ${manual}; ` +
    `objectives[${position - 1}] of configuration ${configDigest.slice(0, 12)}, set by ${plain(setBy)}, in force since ${validFrom}`
  );
}

function findingLines(finding: ExplainedFinding, plain: (text: string) => string): string[] {
  const { controlId, controlVersion, title, question, verdict, reasonCode, unit, evidence, evidenceCount } = finding;
  const lines = [
    `${controlId} ${title}: ${verdict}`,
    `  ${filledSentence(finding)}`,
    `  rule      ${question} (version ${controlVersion}, reason ${reasonCode})`,
    `  measured  ${measure(finding.measured, unit)}; threshold ${measure(finding.threshold, unit)}; judged at ${finding.evaluatedAt}`,
  ];
  if (finding.exemption !== null) {
    const { owner, reason, expiresAt, configDigest } = finding.exemption;
    lines.push(
      `  exempt    until ${expiresAt}, by ${plain(owner)}: ${plain(reason)} (configuration ${configDigest.slice(0, 12)})`,
    );
  }
  for (const backup of evidence) {
    const parts = [backup.backupType, backup.status, `begun ${backup.beginAt}`];
    if (backup.endAt !== null) parts.push(`ended ${backup.endAt}`);
    if (backup.sizeBytes !== null) parts.push(size(backup.sizeBytes));
    if (!backup.listed) parts.push('no longer listed');
    lines.push(`  backup    ${plain(backup.backupId)}: ${plain(parts.join(', '))}`);
  }
  if (evidenceCount > evidence.length) lines.push(`  backup    and ${count(evidenceCount - evidence.length)} more`);
  for (const reading of finding.readings) {
    const total = reading.reportedTotal === null ? '' : ` of ${count(reading.reportedTotal)} reported`;
    lines.push(
      `  reading   run ${reading.runId}, ${reading.scope}, certified: begun ${reading.startedAt}, ${counted(reading.pages, 'page')}, ` +
        `${count(reading.distinctIds)} ids${total}, digest ${reading.idsDigest.slice(0, 16)}`,
    );
  }
  if (finding.readings.length === 0) lines.push(`  reading   none; data as of ${finding.dataAsOf ?? 'never'}`);
  return lines;
}
