// Keeps a wrong credential from being shown twice: the cloud locks a key or a user after a few refusals.
// Until the first success one request at a time; after a refusal none, and every caller gets that refusal.

import type { CloudError } from '../inventory/errors.ts';
import type { Clock } from '../inventory/ports.ts';
import { abortable } from './abortable.ts';
import { AttemptFailure } from './attempt-failure.ts';

export interface GateOptions {
  clock: Pick<Clock, 'now'>;
  /** A refusal stays for good unless this says how long: only where no lock threatens. */
  reopenAfterMs?: number;
}

export class CredentialGate {
  #proven = false;
  #refusal: { error: CloudError; atMs: number } | null = null;
  #lastInLine: Promise<void> = Promise.resolve();
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** The refusal that closed the gate; null while it is open. */
  get refusedWith(): CloudError | null {
    if (this.#refusal === null) return null;
    const { reopenAfterMs = Number.POSITIVE_INFINITY, clock } = this.#options;
    if (Math.abs(clock.now().getTime() - this.#refusal.atMs) < reopenAfterMs) return this.#refusal.error;
    this.#refusal = null;
    return null;
  }

  /** Closes the gate; the first refusal stays. */
  refuse(error: CloudError): void {
    this.#refusal ??= { error, atMs: this.#options.clock.now().getTime() };
    this.#proven = false;
  }

  /**
   * Runs one exchange that shows the credential. An AttemptFailure with the refusal `credential` closes the gate.
   * @throws CloudError the refusal, at once, where the gate is closed.
   */
  async pass<T>(exchange: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (!this.#proven && this.refusedWith === null) {
      const leave = await this.#standInLine(signal);
      try {
        if (!this.#proven) return await this.#watch(exchange);
      } finally {
        leave();
      }
    }
    return this.#watch(exchange);
  }

  async #watch<T>(exchange: () => Promise<T>): Promise<T> {
    const refusal = this.refusedWith;
    if (refusal !== null) throw refusal;
    try {
      const result = await exchange();
      this.#proven = true;
      return result;
    } catch (error) {
      if (error instanceof AttemptFailure) {
        if (error.refusal === 'credential') this.refuse(error.error);
        if (error.provesCredential) this.#proven = true;
      }
      throw error;
    }
  }

  async #standInLine(signal: AbortSignal): Promise<() => void> {
    const before = this.#lastInLine;
    const mine = Promise.withResolvers<void>();
    this.#lastInLine = before.then(() => mine.promise);
    try {
      await abortable(before, signal);
    } catch (error) {
      mine.resolve();
      throw error;
    }
    return mine.resolve;
  }
}
