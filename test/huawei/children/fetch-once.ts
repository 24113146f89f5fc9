// Fetches one page from the URL in the first argument and says what came: run in a process of its own, whose trust in
// certificates is decided by its environment.

import { newCall, projectAt, testCloud } from '../cloud-server.ts';

await using cloud = testCloud({ retries: 0 });
const source = cloud.source(projectAt(process.argv[2] ?? ''));
const outcome = await source.fetchPage('instances', { offset: 0, limit: 1 }, newCall()).then(
  () => 'read',
  (error: Error) => error.message,
);
process.stdout.write(outcome);
