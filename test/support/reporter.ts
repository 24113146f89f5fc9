// Prints the plain closing line `N passed, N failed`: the last line of `npm test`, easy to find for people and scripts.

import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** A vitest reporter to use beside another one. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      const before = failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
      }
      // A file that cannot be loaded, or whose hooks fail, may have no failed test and is no success.
      if (failed === before && !module.ok()) failed += 1;
    }
    // After the other reporters, whatever their order.
    process.once('exit', () => console.log(`${passed} passed, ${failed} failed`));
  },
};
