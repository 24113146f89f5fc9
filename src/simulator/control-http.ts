// The control functions and the truth over HTTP, under /_simulator, for other processes. JSON in, JSON out.
// POST /_simulator/insert-backup calls `insertBackup` with the body; `after: { requests, operation?, projectId? }` in the
// body puts the call off until so many matching requests were answered.

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Control } from './control.ts';
import { ControlError } from './control-estate.ts';
import { faultCatalogue } from './fault-catalogue.ts';
import { readJournal, readTruth, readTruthIds } from './truth.ts';
import type { World } from './world.ts';

export interface ControlHttpDeps {
  world: () => World;
  control: () => Control;
  /** Address, credentials, projects. */
  describe: () => object;
  /** Starts the world anew from its options. */
  reset: () => void;
}

const PREFIX = '/_simulator';

/** Takes requests to the control interface; false for all others. */
export function serveControl(deps: ControlHttpDeps, request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://simulator');
  if (url.pathname !== PREFIX && !url.pathname.startsWith(`${PREFIX}/`)) return false;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const path = url.pathname.slice(PREFIX.length + 1).split('/');
      const found =
        request.method === 'POST'
          ? act(deps, path[0] ?? '', parseBody(Buffer.concat(chunks).toString('utf8')))
          : look(deps, path, url.searchParams);
      if (found === undefined) reply(404, { error: `nothing at ${request.method} ${url.pathname}` });
      else reply(200, found);
    } catch (error) {
      reply(400, { error: error instanceof Error ? error.message : String(error) });
    }
  });
  return true;
}

function parseBody(text: string): Record<string, unknown> {
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ControlError('the body must be a JSON object');
  }
  return body as Record<string, unknown>;
}

function look(deps: ControlHttpDeps, path: readonly string[], search: URLSearchParams): unknown {
  const world = deps.world();
  const [what = '', projectId = ''] = path;
  switch (what) {
    case '':
      return deps.describe();
    case 'truth':
      return search.get('fields') === 'ids' ? readTruthIds(world, projectId) : readTruth(world, projectId);
    case 'journal':
      return readJournal(world, projectId);
    case 'requests':
      return requestReport(world, Number(search.get('limit') ?? 1000));
    case 'faults':
      return world.faults;
    case 'settings':
      return { behaviour: world.behaviour, throttle: world.throttle, churn: world.churn };
    case 'catalogue':
      return Object.fromEntries([...faultCatalogue].map(([name, { description }]) => [name, description]));
    case 'clock':
      return { now: world.clock.now().toISOString() };
    default:
      return undefined;
  }
}

/** Counts by operation since the start or the last `forgetRequests`, and the newest requests, oldest first. */
export function requestReport(world: World, limit: number) {
  return { counts: Object.fromEntries(world.counts), requests: limit <= 0 ? [] : world.log.slice(-limit) };
}

/** `delete-backup` → `deleteBackup`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function act(deps: ControlHttpDeps, name: string, body: Record<string, unknown>): unknown {
  if (name === 'reset') {
    deps.reset();
    return { done: true };
  }
  const actions = deps.control() as unknown as Record<string, ((input: unknown) => unknown) | undefined>;
  const key = camelCase(name);
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
  if (action === undefined) return undefined;
  const { after, ...input } = body;
  if (after === undefined) return { result: action(input) ?? null };
  const appointment = after as { requests: number; operation?: string; projectId?: string };
  deps.world().appointments.push({
    left: appointment.requests,
    operation: appointment.operation ?? null,
    projectId: appointment.projectId ?? null,
    run: () => void action(input),
  });
  return { scheduled: true };
}
