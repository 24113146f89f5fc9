// Opens a run in the database given by URL, says its number, stages something, and holds the run until killed.

import { openDatabase } from '../../../src/postgres/database.ts';
import { createStore } from '../../../src/postgres/store.ts';
import { backup, projectId, runInput } from '../inventory-facts.ts';

const clock = { now: () => new Date('2026-01-31T00:00:00Z'), sleep: () => Promise.resolve() };
const database = await openDatabase({ url: process.argv[2] });
const run = await createStore({ database, clock }).openRun(runInput(clock, { host: 'elsewhere' }));
await run.saveProjects([{ projectId, name: 'n', region: 'r', endpoint: 'e' }], { exhaustive: true });
const stage = await run.stage({ projectId, scope: 'instance_backups' });
await stage.add(Array.from({ length: 2500 }, (_, i) => backup(`b${i}`)));
await stage.absence();
process.stdout.write(`${run.runId}\n`);
setInterval(() => undefined, 60_000);
