// Pushes a snapshot to a Pushgateway, for sites where only short-lived runs exist. One group per project, replaced whole,
// so that what vanished vanishes; one group for what is said of the exporter. A gateway that is down costs a result.
// Source: https://github.com/prometheus/pushgateway#api

import type { Snapshot } from '../inventory/snapshot.ts';
import type { Process } from './exposition.ts';
import { exporterFamilies, stateFamilies, workFamilies } from './families/index.ts';
import type { Family, StateView } from './family.ts';
import { familyLines } from './text.ts';

export interface PushInput {
  /** Base URL of the gateway; user and password in it become basic authentication. */
  url: string;
  snapshot: Snapshot;
  now: Date;
  process: Process;
  signal?: AbortSignal | undefined;
}

export type PushResult =
  | { ok: true; pushed: number; deleted: number }
  /** The message has no password, and says what to do. */
  | { ok: false; code: PushFailure; message: string; pushed: number };

export type PushFailure =
  | 'PUSH_URL' // no URL of a gateway
  | 'PUSH_UNREACHABLE' // no answer
  | 'PUSH_REFUSED'; // an answer other than 200 or 202

const job = 'backup-inventory';
const timeoutMs = 15_000;

const fromSnapshot = [...stateFamilies, ...workFamilies];
const ofProjects = fromSnapshot.filter((family) => family.per !== 'exporter');
const ofExporter = fromSnapshot.filter((family) => family.per === 'exporter');

/** Pushes what `/metrics` would show, without what is said of the process itself. Never throws. */
export async function pushSnapshot(input: PushInput): Promise<PushResult> {
  const gateway = gatewayOf(input.url);
  if (gateway === null) {
    const message = 'The address of the Pushgateway is no http or https URL. Give one such as http://pushgateway:9091.';
    return { ok: false, code: 'PUSH_URL', message, pushed: 0 };
  }
  let pushed = 0;
  try {
    for (const { path, lines } of groupsOf(input)) {
      await send(gateway, input, 'PUT', path, lines.join(''));
      pushed += 1;
    }
    const { formerProjectIds } = input.snapshot;
    for (const projectId of formerProjectIds) await send(gateway, input, 'DELETE', projectGroup(projectId));
    return { ok: true, pushed, deleted: formerProjectIds.length };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, code: 'PUSH_REFUSED', message: error.message, pushed };
    const why = error instanceof Error ? reasonOf(error) : String(error);
    const message = `The Pushgateway at ${gateway.base.host} did not answer (${why}). Check --push-gateway and the network.`;
    return { ok: false, code: 'PUSH_UNREACHABLE', message, pushed };
  }
}

interface Group {
  path: string;
  lines: string[];
}

function* groupsOf({ snapshot, now, process }: PushInput): Generator<Group> {
  const instances = Map.groupBy(snapshot.instances, (instance) => instance.projectId);
  for (const project of snapshot.projects) {
    const { projectId } = project;
    const counters = new Map(
      [...snapshot.counters].map(([name, values]) => [name, values.filter((value) => value.projectId === projectId)]),
    );
    const own = { ...snapshot, projects: [project], instances: instances.get(projectId) ?? [], counters };
    yield { path: projectGroup(projectId), lines: linesOf(ofProjects, { snapshot: own, now }) };
  }
  const view = { ...process, snapshot, series: null };
  const lines = [...linesOf(ofExporter, { snapshot, now }), ...linesOf(exporterFamilies, view)];
  yield { path: `/metrics/job/${job}`, lines };
}

function linesOf<Input extends StateView | Process>(families: readonly Family<Input>[], input: Input): string[] {
  return families.flatMap((family) => [...familyLines(family, input, 'text')]);
}

/** Ids that a path cannot hold go in base64, as the gateway has it. */
function projectGroup(projectId: string): string {
  const plain = /^[\w-]+$/.test(projectId);
  const value = plain ? `project_id/${projectId}` : `project_id@base64/${Buffer.from(projectId).toString('base64url')}`;
  return `/metrics/job/${job}/${value}`;
}

interface Gateway {
  base: URL;
  authorization: string | null;
}

function gatewayOf(text: string): Gateway | null {
  const base = URL.parse(text);
  if (base === null || !/^https?:$/.test(base.protocol)) return null;
  const { username, password } = base;
  base.username = '';
  base.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { base, authorization: username === '' ? null : `Basic ${Buffer.from(pair).toString('base64')}` };
}

class Refused extends Error {}

async function send(gateway: Gateway, { signal }: PushInput, method: string, path: string, body?: string) {
  const { base, authorization } = gateway;
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await fetch(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`, {
    method,
    redirect: 'manual',
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    headers: {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      ...(authorization === null ? {} : { Authorization: authorization }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const said = (await response.text()).slice(0, 300).trim();
  if (response.status === 200 || response.status === 202) return;
  const advice =
    response.status === 401 || response.status === 403
      ? 'Put user and password into its URL.'
      : 'Check that the address is that of a Pushgateway.';
  throw new Refused(`The Pushgateway at ${base.host} answered ${response.status}. ${advice} It said: ${said}`);
}

function reasonOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
