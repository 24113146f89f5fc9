// Word of committed changes, from the process that made them to those that serve them: NOTIFY, with a poll as net.
// A transaction pooler accepts LISTEN and delivers nothing, so each connection first has to hear itself.

import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type pg from 'pg';
import { StoreError } from '../inventory/errors.ts';
import type { Database } from './database.ts';
import { storeErrorOf } from './errors.ts';
import type { Tx } from './transaction.ts';

/** What a notification says; readers are told only that something changed, and look for themselves. */
export interface Change {
  run: number;
  project?: string;
  scope?: string;
}

export interface WatchOptions {
  signal: AbortSignal;
  /**
   * Called after every change that another look at the database can see; never twice at once. Where it fails, it is
   * called again soon: the change is not lost.
   */
  onChange(): void | Promise<void>;
  /** Call it after the first look too: something may have changed between what the caller read before and that. */
  tellFirst?: boolean;
  /** The database cannot be asked for now; the watch goes on. */
  onTrouble?(error: StoreError): void;
  pollMs?: number;
  /** Between polls while notifications arrive. */
  netMs?: number;
}

const channel = 'backup_inventory';
const echoTimeoutMs = 2000;
/** Before LISTEN is tried again where it did not work; polling covers that time. */
const deafPauseMs = 60_000;

/** Says so when the transaction commits. */
export async function announce(database: Database, tx: Tx, change: Change): Promise<void> {
  const payload = JSON.stringify(change);
  if (database.kind === 'postgres') await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
  else database.local.emit(channel); // before the commit, but who looks now waits for the one session to be free
}

/** Watches until aborted; then resolves. */
export async function watchRuns(database: Database, options: WatchOptions): Promise<void> {
  const { signal, pollMs = 1500, netMs = 30_000 } = options;
  const ear: Ear = { news: new EventEmitter(), hears: database.kind === 'embedded' };
  const listener = database.kind === 'postgres' ? listen(database, ear, options) : hearLocal(database, ear, signal);
  let seen: string | null = null;
  let disturbed = false;
  while (!signal.aborted) {
    const pause = new AbortController();
    const either = AbortSignal.any([signal, pause.signal]);
    const heard = once(ear.news, 'news', { signal: either }).catch(ignoreAbort); // before the look: what comes meanwhile counts
    try {
      const now = await watermark(database);
      if (seen === null ? options.tellFirst : seen !== now) await options.onChange();
      seen = now;
      disturbed = false;
    } catch (error) {
      disturbed = true;
      options.onTrouble?.(storeErrorOf(error));
    }
    const wait = sleep(ear.hears && !disturbed ? netMs : pollMs, undefined, { signal: either, ref: false }).catch(
      ignoreAbort,
    );
    await Promise.race([heard, wait]);
    pause.abort();
  }
  await listener;
}

interface Ear {
  readonly news: EventEmitter;
  /** Whether notifications are known to arrive. */
  hears: boolean;
}

const ignoreAbort = () => undefined;

/** What differs whenever a run began or ended or a sweep was committed. */
async function watermark(database: Database): Promise<string> {
  const { rows } = await sql<{ mark: string }>`
    select concat_ws(' ', max(run_id), max(finished_at), count(finished_at), (select max(committed_at) from inventory.sweep)) as mark
    from (select run_id, finished_at from inventory.run order by run_id desc limit 100) r
  `.execute(database.db);
  return rows[0]?.mark ?? '';
}

async function hearLocal(database: Database, ear: Ear, signal: AbortSignal): Promise<void> {
  const pass = () => ear.news.emit('news');
  database.local.on(channel, pass);
  await aborted(signal);
  database.local.off(channel, pass);
}

async function listen(database: Database, ear: Ear, options: WatchOptions): Promise<void> {
  const { signal } = options;
  while (!signal.aborted) {
    let heardBefore = false;
    try {
      const client = await database.connect();
      try {
        await listenOn(client, database, ear, options);
      } finally {
        heardBefore = ear.hears;
        ear.hears = false;
        await client.end().catch(ignoreAbort); // it may be what broke
      }
    } catch (error) {
      if (!signal.aborted) options.onTrouble?.(storeErrorOf(error));
    }
    const pauseMs = heardBefore ? 1000 : deafPauseMs;
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(ignoreAbort);
  }
}

/** Returns when aborted or the connection ended; throws when it no longer hears. */
async function listenOn(client: pg.Client, database: Database, ear: Ear, options: WatchOptions): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([options.signal, ended.signal]);
  const echoes = new EventEmitter();
  client.on('end', () => ended.abort());
  client.on('notification', ({ payload = '' }) => {
    if (payload.startsWith('echo ')) echoes.emit(payload);
    else ear.news.emit('news');
  });
  await client.query(`listen ${channel}`);
  while (!either.aborted) {
    await hearOneself(database, echoes, either);
    if (!ear.hears) ear.news.emit('news'); // what came before this connection listened
    ear.hears = true;
    await sleep(options.netMs ?? 30_000, undefined, { signal: either, ref: false }).catch(ignoreAbort);
  }
}

async function hearOneself(database: Database, echoes: EventEmitter, signal: AbortSignal): Promise<void> {
  const payload = `echo ${crypto.randomUUID()}`;
  const echo = once(echoes, payload, { signal: AbortSignal.any([signal, AbortSignal.timeout(echoTimeoutMs)]) });
  echo.catch(ignoreAbort); // awaited below, unless the notification itself fails
  await sql`select pg_notify(${channel}, ${payload})`.execute(database.db);
  try {
    await echo;
  } catch (cause) {
    const message =
      'LISTEN brings no notifications: a pooler in transaction mode, or a broken connection. Polling instead.';
    throw new StoreError('DATABASE_POOLER', message, { cause });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
