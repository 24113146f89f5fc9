// One request from its first byte to its last: number, faults of each phase in turn, the true answer, the way back,
// then what happens between requests (appointments of control, churn).

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Answer } from './answers.ts';
import { churn } from './churn.ts';
import { deliver, deliverFaulty, later, prepare } from './delivery.ts';
import { faultAnswer } from './fault-answers.ts';
import { faultPage } from './fault-pages.ts';
import type { ArmedFault, FaultPhase } from './fault-rules.ts';
import { strike } from './fault-rules.ts';
import { faultState } from './fault-states.ts';
import type { Exchange, Routed } from './operations.ts';
import { route } from './operations.ts';
import { parseQuery } from './query.ts';
import { hex32 } from './random.ts';
import { serve } from './serve.ts';
import type { RequestEntry, World } from './world.ts';
import { estateOf } from './world.ts';

export interface Incoming {
  request: IncomingMessage;
  response: ServerResponse;
  region: string | null;
  timers: Set<NodeJS.Timeout>;
}

const BODY_LIMIT = 12 * 1024 * 1024;
const LOG_LIMIT = 20_000;

/** Reads the request and answers it. */
export function answerRequest(world: World, incoming: Incoming): void {
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
  });
  incoming.request.on('error', () => incoming.response.destroy());
  incoming.request.on('end', () => answerRead(world, incoming, Buffer.concat(chunks)));
}

function answerRead(world: World, incoming: Incoming, body: Buffer): void {
  const exchange = toExchange(world, incoming, body);
  const routed = route(exchange.method, exchange.path);
  const entry = record(world, incoming, exchange, routed);
  const target = { operation: entry.operation, projectId: routed.projectId };
  const struck = (phase: FaultPhase): ArmedFault[] => {
    const faults = strike(world.faults, phase, target, world.random.faults);
    entry.faults.push(...faults.map((fault) => fault.rule.fault));
    return faults;
  };
  for (const { rule } of struck('state')) faultState(world, rule.fault, routed.projectId);
  const answer = answerWithFaults(world, exchange, routed, struck);
  entry.status = answer.status;
  send(world, incoming, { answer, entry, faults: struck('delivery') });
  afterwards(world, exchange, target);
}

function answerWithFaults(
  world: World,
  exchange: Exchange,
  routed: Routed,
  struck: (phase: FaultPhase) => ArmedFault[],
): Answer {
  const [instead] = struck('answer');
  if (instead !== undefined) {
    const listKey = routed.operation?.kind === 'service' ? (routed.operation.listKey ?? 'items') : 'items';
    return faultAnswer(instead.rule.fault, instead.rule.parameters ?? {}, { listKey, now: world.clock.now() });
  }
  const answer = serve(world, exchange, routed);
  if (answer.page === undefined) return answer;
  return struck('page').reduce(
    (page, { rule }) => faultPage(page, rule.fault, rule.parameters ?? {}, world.random.faults),
    answer,
  );
}

function send(
  world: World,
  incoming: Incoming,
  what: { answer: Answer; entry: RequestEntry; faults: readonly ArmedFault[] },
): void {
  const { entry } = what;
  const delivery = prepare(incoming.response, what.answer, {
    requestId: hex32(world.options.seed, entry.number),
    now: new Date(world.clock.now().getTime() + world.behaviour.clockSkewMs),
    timers: incoming.timers,
  });
  const [fault] = what.faults;
  if (fault !== undefined) {
    if (!deliverFaulty(delivery, fault.rule.fault, fault.rule.parameters ?? {})) entry.status = 0;
  } else if (world.behaviour.latencyMs > 0) {
    later(delivery, world.behaviour.latencyMs, () => deliver(delivery));
  } else {
    deliver(delivery);
  }
}

/** What happens to the cloud before the next request. */
function afterwards(world: World, exchange: Exchange, target: { operation: string; projectId: string | null }): void {
  world.requests.answered++;
  const due = world.appointments.filter(
    (one) =>
      (one.operation === null || one.operation === target.operation) &&
      (one.projectId === null || one.projectId === target.projectId) &&
      --one.left === 0,
  );
  if (due.length > 0) world.appointments = world.appointments.filter((one) => one.left > 0);
  for (const one of due) one.run();
  const isList = exchange.method === 'GET' && target.operation.startsWith('list_');
  const estate = isList && target.projectId !== null ? estateOf(world, target.projectId) : null;
  if (estate !== null) churn(estate, world.churn, world.random.churn);
}

function toExchange(world: World, { request, region }: Incoming, body: Buffer): Exchange {
  const target = request.url ?? '/';
  const at = target.indexOf('?');
  const hostRegion = /^(?:gaussdb-nosql|iam)\.([a-z0-9-]+)\.myhuaweicloud\./.exec(request.headers.host ?? '')?.[1];
  return {
    number: ++world.requests.received,
    method: request.method ?? 'GET',
    path: at < 0 ? target : target.slice(0, at),
    query: parseQuery(at < 0 ? '' : target.slice(at)),
    headers: request.headers,
    body,
    region: region ?? hostRegion ?? null,
  };
}

function record(world: World, { request }: Incoming, exchange: Exchange, routed: Routed): RequestEntry {
  const operation = routed.operation?.name ?? 'unknown';
  const entry: RequestEntry = {
    number: exchange.number,
    at: world.clock.now().toISOString(),
    operation,
    method: exchange.method,
    target: request.url ?? '/',
    projectId: routed.projectId,
    status: 0,
    faults: [],
    authentication:
      request.headers['x-auth-token'] !== undefined
        ? 'token'
        : request.headers.authorization !== undefined
          ? 'key'
          : 'none',
  };
  world.counts.set(operation, (world.counts.get(operation) ?? 0) + 1);
  if (world.log.length >= LOG_LIMIT) world.log.splice(0, LOG_LIMIT / 2);
  world.log.push(entry);
  return entry;
}
