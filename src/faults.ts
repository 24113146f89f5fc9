// What is wrong with the words that a user gave us: flags, files, environment. Both errors end with exit code 2.

/** A command line that cannot be carried out. The message says what to give instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** One thing wrong in the configuration. */
export interface Fault {
  /** The key, `projects[1].region`; empty for the configuration as a whole. */
  path: string;
  problem: string;
  /** What to do about it. */
  remedy: string;
  /** Where the value stands: `file:line` or the name of an environment variable; null where that is not known. */
  where: string | null;
}

/** A configuration that cannot be used. Carries every fault, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(faultLine).join('\n'));
    this.faults = faults;
  }
}

/** One fault as one line: `path: what is wrong; what to do (where)`. */
export function faultLine(fault: Fault): string {
  const where = fault.where === null ? '' : ` (${fault.where})`;
  return `${fault.path === '' ? 'configuration' : fault.path}: ${fault.problem}; ${fault.remedy}${where}`;
}

/** The reason of the process's AbortSignal: somebody asked us to stop. */
export class StopError extends Error {
  override readonly name = 'StopError';
  readonly code = 'STOPPED';
  readonly signalName: 'SIGINT' | 'SIGTERM';

  constructor(signalName: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signalName}`);
    this.signalName = signalName;
  }
}
