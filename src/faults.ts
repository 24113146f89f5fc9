// What is wrong with the words that a user gave us: flags, files, environment. Both errors end with exit code 2.

/** A command line that cannot be carried out. The message says what to give instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** One thing wrong in the configuration. */
export interface Fault {
  /** Where in the configuration, `projects[1].region`; empty for the file as a whole. */
  path: string;
  problem: string;
  remedy: string;
  /** Where in the file, one-based; null where the value does not come from a file. */
  line: number | null;
}

/** A configuration that cannot be used. Carries every fault, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly faults: readonly Fault[];
  readonly file: string | null;

  constructor(faults: readonly Fault[], file: string | null) {
    super(faults.map((fault) => faultLine(fault, file)).join('\n'));
    this.faults = faults;
    this.file = file;
  }
}

/** One fault as one line: `path: what is wrong; what to do (file:line)`. */
export function faultLine(fault: Fault, file: string | null): string {
  const where = file !== null && fault.line !== null ? ` (${file}:${fault.line})` : '';
  const path = fault.path === '' ? (file ?? 'configuration') : fault.path;
  return `${path}: ${fault.problem}; ${fault.remedy}${where}`;
}
