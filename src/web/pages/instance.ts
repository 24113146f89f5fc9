// The page of one instance: its state, each control with the sentence a human would write, the calendar, plots, backups.

import type { InstanceDetail, InstanceView } from '../../inventory/overview.ts';
import { backupsSection, plotsSection } from './backups.ts';
import { calendar, coverageSentence } from './calendar.ts';
import { findingsSection } from './findings.ts';
import { type Content, type Html, html } from './html.ts';
import { framed } from './layout.ts';
import { instanceAddress } from './query.ts';
import { badge, foreign, instant, minuteOf, protectionLooks, span } from './words.ts';

export function instancePage(view: InstanceView): Html {
  const { instance, protection, readAt } = view;
  const name = instance.name ?? instance.instanceId;
  return framed({
    title: `${name} – Backup inventory`,
    readAt,
    content: html`<p class="small"><a href="/">Status</a> › ${foreign(instance.projectName)}</p>
<h1>${foreign(name)} ${stateOf(view)}</h1>
<p class="soft"><span class="id">${instance.instanceId}</span></p>
${view.asOf !== null && html`<p class="note">As known at ${minuteOf(view.asOf)}:${view.asOf.toISOString().slice(17, 19)}. <a href="${instanceAddress(instance.projectId, instance.instanceId)}">Show now.</a></p>`}
${staleNote(view)}
${findingsSection(view, protection)}
<div class="two">
<section aria-labelledby="facts"><h2 id="facts">Instance</h2>${facts(instance)}</section>
<section aria-labelledby="policy"><h2 id="policy">Policy and objective</h2>${policy(instance)}</section>
</div>
${coverage(view)}
${plotsSection(view)}
${backupsSection(view)}
${changes(view)}`,
  });
}

/** What the address leads to where the inventory does not know the instance. */
export function unknownInstancePage(readAt: Date): Html {
  return framed({
    title: 'Not found – Backup inventory',
    readAt,
    content: html`<h1>No such instance</h1><p>The inventory does not know this instance, or did not know it then. <a href="/#instances">Find another.</a></p>`,
  });
}

function stateOf({ instance, protection }: InstanceView): Content {
  if (instance.retiredAt !== null)
    return html`<span class="badge off">gone since ${instant(instance.missingSince ?? instance.retiredAt)}</span>`;
  return protection === null ? null : badge(protectionLooks[protection]);
}

function staleNote({ readAt, judgedAt, asOf }: InstanceView): Content {
  const seconds = (readAt.getTime() - judgedAt.getTime()) / 1000;
  if (asOf !== null || seconds < 90) return null;
  return html`<p class="note">Verdicts and calendar are as of ${minuteOf(judgedAt)}, ${span(seconds)} ago.</p>`;
}

function facts(instance: InstanceDetail): Html {
  const rows: [string, Content][] = [
    ['Project', html`${foreign(instance.projectName)} <span class="id soft">${instance.projectId}</span>`],
    ['Region', foreign(instance.region)],
    ['Engine', html`${foreign(instance.datastoreType, 'not said')} ${foreign(instance.datastoreVersion, '')}`],
    ['Status', foreign(instance.status, 'not said')],
    ['Mode', foreign(instance.mode, 'not said')],
    ['Created', instant(instance.createdAt)],
    ['First seen', instant(instance.firstSeenAt)],
  ];
  return factList(rows);
}

function policy(instance: InstanceDetail): Html {
  const { backupKeepDays, backupWindow, objective } = instance;
  const kept =
    backupKeepDays === null
      ? 'not said'
      : backupKeepDays === 0
        ? 'off'
        : `on, backups are kept for ${backupKeepDays} d`;
  const rows: [string, Content][] = [
    ['Automated backups', kept],
    ['Start window', foreign(backupWindow, 'not said')],
  ];
  if (objective === null)
    return html`${factList(rows)}<p class="note">No objective of the configuration matches this instance.</p>`;
  rows.push(
    ['Required RPO', span(objective.rpoSeconds)],
    ['Required retention', objective.retentionSeconds === 0 ? 'none' : span(objective.retentionSeconds)],
    ['Required copies', objective.minimumCopies === 0 ? 'none' : String(objective.minimumCopies)],
    ['Manual backups', objective.manualCounts ? 'count' : 'do not count'],
    [
      'Source',
      html`<code>objectives[${objective.position - 1}]</code>, in force since ${instant(objective.validFrom)}, configuration <code title="${objective.configDigest}">${objective.configDigest.slice(0, 12)}</code>`,
    ],
  );
  return factList(rows);
}

function factList(rows: readonly [string, Content][]): Html {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function coverage({ days, dayLetters, backupsOfDays, backups }: InstanceView): Html | null {
  if (dayLetters === '') return null;
  const linked = new Set(backups.map(({ beginAt }) => beginAt.toISOString().slice(0, 10)));
  return html`<section aria-labelledby="coverage"><h2 id="coverage">Coverage</h2>
${calendar({
  caption: html`Of the last ${days.length} days: ${coverageSentence(dayLetters)}.`,
  days,
  rows: [{ head: 'This instance', letters: dayLetters, backupsOfDays, linked }],
})}
</section>`;
}

function changes({ changes: list }: InstanceView): Html | null {
  if (list.length < 2) return null;
  return html`<section aria-labelledby="changes"><h2 id="changes">Changes of the instance</h2>
<div class="scroll" role="group" aria-labelledby="changes" tabindex="0"><table>
<thead><tr><th scope="col">Recorded</th><th scope="col">Name</th><th scope="col">Status</th><th scope="col">Version</th><th scope="col">Kept for</th><th scope="col">Window</th></tr></thead>
<tbody>${list.map(
    (
      change,
    ) => html`<tr><th scope="row" class="nowrap">${instant(change.recordedFrom)}</th><td>${foreign(change.name)}</td><td>${foreign(change.status, '–')}</td>
<td>${foreign(change.datastoreVersion, '–')}</td><td>${change.backupKeepDays === null ? '–' : change.backupKeepDays === 0 ? 'off' : `${change.backupKeepDays} d`}</td><td>${foreign(change.backupWindow, '–')}</td></tr>`,
  )}</tbody></table></div></section>`;
}
