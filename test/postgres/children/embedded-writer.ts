// Opens the embedded database in the directory given, says so, and stores one run after another until killed.

import { openDatabase } from '../../../src/postgres/database.ts';
import { createStore } from '../../../src/postgres/store.ts';
import { backup, certificate, projectId, runInput } from '../inventory-facts.ts';

const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
await using database = await openDatabase({ directory: process.argv[2] });
const store = createStore({ database, clock });
process.stdout.write('open\n');
for (let n = 1; ; n += 1) {
  await using run = await store.openRun(runInput(clock));
  await run.saveProjects([{ projectId, name: 'n', region: 'r', endpoint: 'e' }], { exhaustive: true });
  await using stage = await run.stage({ projectId, scope: 'instance_backups' });
  await stage.add(Array.from({ length: 200 }, (_, i) => backup(`b${i}`, { sizeBytes: n })));
  await stage.commit({ certificate: certificate(clock), absence: { kind: 'none' }, anomalies: [], counters: [] });
  await run.finish({ outcome: 'certified', finishedAt: new Date(), errorCode: null, errorMessage: null }, []);
  process.stdout.write(`${n}\n`);
}
