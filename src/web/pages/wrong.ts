// What is wrong now: the panel at the top and the findings that are not as they should be, by control.

import type { Finding, Overview } from '../../inventory/overview.ts';
import { type Content, type Html, html } from './html.ts';
import { instanceAddress, statusAddress } from './query.ts';
import { badge, count, counted, foreign, verdictLooks } from './words.ts';

const namedAtMost = 6;

export function wrongPanel({ judgement, figures }: Overview): Html {
  if (judgement === null) {
    return html`<section aria-labelledby="wrong-now" class="doubt"><h2 id="wrong-now">Wrong now</h2><p class="big">…</p><p>Being found.</p></section>`;
  }
  const { unprotected, unknown } = figures.protections;
  const wrong = openFindings(judgement.findings, 'NON_COMPLIANT').length;
  const doubtful = openFindings(judgement.findings, 'UNKNOWN').length;
  const tone = unprotected > 0 ? 'bad' : unknown > 0 || wrong > 0 ? 'doubt' : 'good';
  const glyph = { bad: '✕', doubt: '?', good: '✓' }[tone];
  const headline =
    unprotected > 0
      ? `${count(unprotected)} unprotected`
      : unknown > 0
        ? `${count(unknown)} unknown`
        : wrong > 0
          ? `${counted(wrong, 'finding')}`
          : 'Nothing';
  return html`<section aria-labelledby="wrong-now" class="${tone}">
<h2 id="wrong-now">Wrong now</h2>
<p class="big ${tone}"><span aria-hidden="true">${glyph}</span> ${headline}</p>
<p>${unprotected > 0 && unknown > 0 && html`${counted(unknown, 'instance')} more cannot be judged. `}${
    wrong + doubtful === 0
      ? 'Every control holds for every instance.'
      : html`<a href="#findings">${counted(wrong, 'finding')} non-compliant, ${count(doubtful)} unknown.</a>`
  }</p>
</section>`;
}

function openFindings(findings: readonly Finding[], verdict: Finding['verdict']): Finding[] {
  return findings.filter((finding) => finding.verdict === verdict);
}

/** Non-compliant and unknown findings, one line per control and verdict. */
export function wrongSection({ judgement, query }: Overview): Html | null {
  if (judgement === null) return null;
  const open = [...openFindings(judgement.findings, 'NON_COMPLIANT'), ...openFindings(judgement.findings, 'UNKNOWN')];
  const groups = Map.groupBy(open, ({ verdict, controlId }) => `${verdict} ${controlId}`);
  return html`<section aria-labelledby="findings">
<h2 id="findings">What is wrong now</h2>
${
  groups.size === 0
    ? html`<p>Nothing: every control holds, is exempt, or does not apply.</p>`
    : html`<div class="scroll" role="group" aria-labelledby="findings" tabindex="0"><table class="stack">
<thead><tr><th scope="col">Verdict</th><th scope="col">Control</th><th scope="col" class="num">Findings</th><th scope="col">Where</th></tr></thead>
<tbody>${[...groups.values()].map((group) => groupRow(group, (control) => statusAddress(query, { control, search: '', protection: null, page: 1 })))}</tbody>
</table></div>`
}
</section>`;
}

function groupRow(group: readonly Finding[], addressOf: (control: string) => string): Content {
  const [first] = group;
  if (first === undefined) return null;
  const reasons = [...Map.groupBy(group, ({ reasonCode }) => reasonCode)];
  const each = Math.max(2, Math.ceil(namedAtMost / reasons.length));
  return html`<tr><td>${badge(verdictLooks[first.verdict])}</td>
<th scope="row"><abbr title="${first.question}">${first.controlId}</abbr> ${first.title}</th>
<td class="num">${count(group.length)}</td>
<td>${reasons.map(
    ([reason, findings]) =>
      html`<ul><li class="soft">${reason.replaceAll('_', ' ')}${reasons.length > 1 && html` (${count(findings.length)})`}:</li>${findings
        .slice(0, each)
        .map((finding) => html`<li>${place(finding)}</li>`)}${
        findings.length > each &&
        html`<li><a href="${addressOf(first.controlId)}">and ${count(findings.length - each)} more</a></li>`
      }</ul>`,
  )}</td></tr>
`;
}

function place({ projectId, projectName, instanceId, instanceName, controlId }: Finding): Content {
  if (instanceId === null) return html`project ${foreign(projectName)}`;
  return html`<a href="${instanceAddress(projectId, instanceId)}#${controlId}">${foreign(instanceName, instanceId)}</a>`;
}
