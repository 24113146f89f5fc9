// Puts the kept results into docs/benchmarks.md, between two markers. The prose around them is written by hand.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Result, type Row, readResults } from './report.ts';

const file = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const marks = ['<!-- results -->', '<!-- end of results -->'] as const;

export async function document(): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [before, rest] = text.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (before === undefined || after === undefined) throw new Error(`docs/benchmarks.md has no ${marks.join(' … ')}.`);
  const results = await readResults();
  const sections = results.map(sectionOf).join('\n');
  await writeFile(file, `${before}${marks[0]}\n\n${sections}\n${marks[1]}${after}`);
}

function sectionOf({ name, about, command, at, seconds, machine, load, rows }: Result): string {
  return [
    `### ${name}`,
    '',
    `${about} \`${command}\`, ${at}, ${seconds} s, load average ${load} before it. ${machine}.`,
    '',
    '| What | Against | Target | Measured | |',
    '|---|---|---|---|---|',
    ...rows.map(lineOf),
    '',
  ].join('\n');
}

function lineOf({ what, against, target, measured, met, note }: Row): string {
  const mark = met === null ? '' : met ? 'met' : '**missed**';
  const cells = [what, against, target, note === undefined ? measured : `${measured}. ${note}`, mark];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
