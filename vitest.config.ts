import { defineConfig } from 'vitest/config';
import { closingLine } from './test/support/reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', closingLine],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A machine that stalls for seconds fails a test of timing; there, and only there, it gets a second chance.
    retry: process.env.CI === undefined ? 0 : 1,
    maxWorkers: 2,
    pool: 'forks',
  },
});
