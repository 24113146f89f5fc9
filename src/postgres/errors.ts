// Turns what pg, PGlite and the network throw into StoreError: one code, and a message that says what to do next.
// SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. No message repeats a URL or a password.

import { StoreError, type StoreErrorCode } from '../inventory/errors.ts';

interface Symptom {
  code: StoreErrorCode;
  /** SQLSTATE (or its class, or a Node error code), matched at the start. */
  state?: RegExp;
  text?: RegExp;
  advice: string;
}

/** The first match wins. */
const symptoms: readonly Symptom[] = [
  {
    code: 'DATABASE_POOLER',
    text: /unsupported startup parameter|statement pooling|prepared statement .* does not exist/,
    advice: 'A connection pooler stands between. Use transaction or session pooling, or connect to Postgres directly.',
  },
  {
    code: 'DATABASE_AUTH',
    state: /^28/,
    text: /^SASL|no pg_hba\.conf entry/,
    advice: 'The database refused the login. Correct user and password in database.url, or the server’s pg_hba.conf.',
  },
  {
    code: 'DATABASE_AUTH',
    state: /^42501/,
    advice: 'The database user may not do this. Grant it the right, or migrate and run as the owner of the schema.',
  },
  {
    code: 'DATABASE_UNREACHABLE',
    state: /^3D000/,
    advice: 'The database does not exist on that server. Create it, or correct the name in database.url.',
  },
  {
    code: 'DATABASE_READ_ONLY',
    state: /^25006/,
    advice: 'The database is read-only: a replica, or set so. Point database.url at the primary.',
  },
  {
    code: 'DATABASE_FULL',
    state: /^(53100|ENOSPC)/,
    text: /No space left on device/,
    advice: 'The database has no disk space left. Free or add some, then run again: nothing of this step was kept.',
  },
  {
    code: 'DATABASE_TIMEOUT',
    state: /^(57014|55P03|25P03|25P04)/,
    text: /^Query read timeout/,
    advice: 'The database did not answer in time, or a lock was not freed. Look for long transactions and load on it.',
  },
  {
    code: 'DATABASE_UNREACHABLE',
    state: /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS|ERR_SSL)/,
    text: /does not support SSL/,
    advice: 'No trusted TLS connection to the database. Check sslmode, sslrootcert and the host name in database.url.',
  },
  {
    code: 'DATABASE_UNREACHABLE',
    state: /^(08|57P|53300|ECONN|EPIPE|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|ENOENT)/,
    text: /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/,
    advice: 'No connection to the database. Check that it runs, host and port in database.url, and the network.',
  },
  {
    code: 'DATABASE_CORRUPT',
    state: /^XX00[12]/,
    text: /RuntimeError|could not read block|invalid page|PANIC|incorrect checksum/,
    advice: 'The database’s files are damaged. Restore them from a dump, or keep them aside and start a new database.',
  },
  {
    code: 'SCHEMA_BEHIND',
    state: /^(42P01|3F000|42703|42883)/,
    advice: 'A table or column that this program needs is missing. Run: backup-inventory migrate.',
  },
];

/** A StoreError as it is; anything else by its SQLSTATE, Node code or text, kept as cause. */
export function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const state = stateOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const symptom = symptoms.find((s) => (state !== null && s.state?.test(state)) || s.text?.test(text));
  const said = `${text}${state === null ? '' : ` (${state})`}`;
  if (symptom !== undefined)
    return new StoreError(symptom.code, `${symptom.advice} It said: ${said}`, { cause: error });
  return new StoreError('DATABASE_FAILED', `The database refused a statement: ${said}`, { cause: error });
}

/** SQLSTATE or Node error code of an error, its own or of what is below it; null where there is none. */
export function stateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if (error instanceof StoreError) return stateOf(error.cause);
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return stateOf(error.errors[0]);
  return null;
}

/** Runs a piece of work; what it throws comes out as a StoreError. */
export async function classified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeErrorOf(error);
  }
}
