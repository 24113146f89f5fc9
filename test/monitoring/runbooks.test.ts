import { describe, expect, test } from 'vitest';
import { rules } from '../../monitoring/alerts/index.ts';
import { annotations, shipped } from '../../monitoring/alerts/render.ts';
import { runbookIndex, runbooks } from './runbooks.ts';

const pages = await runbooks();

test('every alert has its page, and no page is about an alert that does not exist', () => {
  expect(pages.map(({ alert }) => alert)).toEqual(rules.alerts.map(({ alert }) => alert).toSorted());
});

test('the link of every alert ends in its page', () => {
  for (const alert of rules.alerts) {
    expect(annotations(alert, shipped.runbookBase).runbook_url).toBe(`${shipped.runbookBase}${alert.alert}.md`);
  }
});

test('the list of pages names every one of them', async () => {
  const index = await runbookIndex();
  for (const { alert } of pages) expect(index).toContain(`[${alert}](${alert}.md)`);
});

describe.each(pages)('$alert', ({ alert, headings, statements, text }) => {
  test('says what it means, what it costs, how to look and what to do', () => {
    expect(headings).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
  });

  test('gives SQL to run', () => {
    expect(statements.length).toBeGreaterThan(0);
  });

  test('says the severity of the rule', () => {
    const severity = rules.alerts.find((one) => one.alert === alert)?.severity;
    expect(text).toContain(`Severity: ${severity}.`);
  });

  test('links only to pages that exist', () => {
    const linked = [...text.matchAll(/\]\((\w+)\.md\)/g)].map(([, name]) => name);
    expect(pages.map((page) => page.alert)).toEqual(expect.arrayContaining(linked));
  });
});
