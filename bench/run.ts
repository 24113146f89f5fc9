// Runs benchmarks: all of them, or those named. `--full` takes the sizes of the targets; `--keep` writes the results to
// bench/results.json and from there into docs/benchmarks.md.

import { parseArgs } from 'node:util';
import { benches } from './list.ts';
import { document } from './support/document.ts';
import { keepResult, loadNow, machine, type Row } from './support/report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}. There are: ${benches.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
console.log(machine());
let missed = 0;
for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
  console.log(`\n${bench.name}: ${bench.about}`);
  const load = loadNow();
  const startedMs = performance.now();
  const rows = await bench.run({ full: values.full, log: (text) => console.log(`  ${text}`) });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  for (const row of rows) print(row);
  console.log(`  ${seconds} s, load average ${load} before it`);
  missed += rows.filter(({ met }) => met === false).length;
  if (values.keep) {
    const command = `npm run bench -- ${bench.name}${values.full ? ' --full' : ''}`;
    const at = new Date().toISOString().slice(0, 10);
    const { name, about } = bench;
    const result = { name, about, command, at, seconds, machine: machine(), load, rows };
    await keepResult(
      result,
      benches.map((each) => each.name),
    );
    await document();
  }
}
console.log(missed === 0 ? '\nEvery target is met.' : `\n${missed} targets are missed.`);

function print({ what, against, target, measured, met, note }: Row): void {
  const mark = met === null ? '·' : met ? '✓' : '✗';
  console.log(
    `  ${mark} ${what}\n      ${measured} against ${against}; target ${target}${note === undefined ? '' : `\n      ${note}`}`,
  );
}
