// What each control says of an instance: verdict, the sentence a human would write, numbers, and what it rests on.

import type { Finding, InstanceView } from '../../inventory/overview.ts';
import type { ComplianceVerdict, ProtectionState } from '../../inventory/snapshot.ts';
import { filledSentence } from '../report/sentence.ts';
import { type Content, type Html, html } from './html.ts';
import { badge, count, counted, instant, measure, minuteOf, verdictLooks } from './words.ts';

const order: readonly ComplianceVerdict[] = ['NON_COMPLIANT', 'UNKNOWN', 'COMPLIANT', 'EXEMPT', 'NOT_APPLICABLE'];

export function findingsSection({ findings, judgedAt }: InstanceView, protection: ProtectionState | null): Html {
  if (findings.length === 0) {
    return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2><p>${protection === null ? 'The instance is not judged: it is gone, or its project is not configured.' : 'None.'}</p></section>`;
  }
  const sorted = findings.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
  const basis = [
    ...new Set(
      findings.flatMap(({ dataAsOf, basisRunId }) =>
        dataAsOf === null ? [] : [`run ${basisRunId} (read ${minuteOf(dataAsOf)})`],
      ),
    ),
  ];
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
<div class="scroll" role="group" aria-labelledby="findings" tabindex="0"><table class="stack">
<caption>Judged ${instant(judgedAt)} from ${basis.length === 0 ? 'no certified reading' : basis.join(' and ')}. Worst first.</caption>
<thead><tr><th scope="col">Verdict</th><th scope="col">Control</th><th scope="col">Why</th><th scope="col" class="num">Measured</th><th scope="col" class="num">Threshold</th><th scope="col">Evidence</th></tr></thead>
<tbody>${sorted.map(findingRow)}</tbody></table></div></section>`;
}

function findingRow(finding: Finding): Html {
  const { controlId, title, question, verdict, reasonCode, measured, threshold, unit } = finding;
  return html`<tr id="${controlId}"><td>${badge(verdictLooks[verdict])}</td>
<th scope="row"><span class="nowrap">${controlId}</span> ${title}</th>
<td>${filledSentence({ ...finding, dataAsOf: shownInstant(finding.dataAsOf) })}<br><span class="soft small">${question} <code>${reasonCode}</code></span></td>
<td class="num" data-label="measured">${measure(measured, unit)}</td><td class="num" data-label="threshold">${measure(threshold, unit)}</td>
<td data-label="evidence">${evidenceOf(finding)}</td></tr>
`;
}

function shownInstant(at: Date | null): string | null {
  return at === null ? null : `${minuteOf(at)} UTC`;
}

function evidenceOf({ evidence, evidenceCount }: Finding): Content {
  if (evidence.length === 0) return '–';
  const more = evidenceCount - evidence.length;
  return html`<details><summary class="nowrap">${counted(evidenceCount, 'backup')}</summary><ul class="plain">${evidence.map(
    (id) => html`<li class="id">${id}</li>`,
  )}${more > 0 && html`<li>and ${count(more)} more</li>`}</ul></details>`;
}
