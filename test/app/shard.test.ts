// Which shard reads which project.

import { expect, test } from 'vitest';
import { shardOf } from '../../src/app/sync.ts';

test('every project is read by one shard, the same in every process, and shards are of like size', () => {
  const ids = Array.from(
    { length: 4000 },
    (_, index) => `${index.toString(16).padStart(8, '0')}972980d4552f0bc00ac8d3`,
  );
  const sizes = [0, 0, 0, 0];
  for (const id of ids) {
    const shard = shardOf(id, 4);
    expect(shard).toBe(shardOf(id, 4));
    sizes[shard] = (sizes[shard] ?? 0) + 1;
  }
  expect(sizes.reduce((sum, size) => sum + size)).toBe(ids.length);
  for (const size of sizes) expect(size).toBeGreaterThan(800);
  expect(shardOf('054b61972980d4552f0bc00ac8d3f5cd', 4)).toBe(0); // a number that changes moves every project
});
