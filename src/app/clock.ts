// The system's clock. The only place that asks the machine for the time; everything else is handed a Clock.

import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../inventory/ports.ts';

/** Real time. `sleep` keeps the process alive and rejects with the signal's reason when aborted. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(durationMs, signal) {
    signal?.throwIfAborted();
    try {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};
