// How an answer leaves: whole, or with a fault of phase `delivery` on the way. Knows sockets, not what is in the body.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Answer } from './answers.ts';
import { REQUEST_ID } from './answers.ts';
import type { FaultName } from './fault-catalogue.ts';
import type { FaultParameters } from './fault-rules.ts';

export interface Delivery {
  response: ServerResponse;
  headers: Record<string, string>;
  status: number;
  payload: Buffer;
  /** Timers of slow answers, cleared when the simulation ends. */
  timers: Set<NodeJS.Timeout>;
}

/** The bytes and headers of an answer. */
export function prepare(
  response: ServerResponse,
  answer: Answer,
  context: { requestId: string; now: Date; timers: Set<NodeJS.Timeout> },
): Delivery {
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const payload = Buffer.from(answer.status < 400 ? text : text.replaceAll(REQUEST_ID, context.requestId));
  const contentType = answer.contentType ?? (payload.length > 0 ? 'application/json;charset=utf8' : null);
  return {
    response,
    status: answer.status,
    payload,
    headers: {
      ...answer.headers,
      'x-request-id': context.requestId,
      date: context.now.toUTCString(),
      'content-length': String(payload.length),
      ...(contentType === null ? {} : { 'content-type': contentType }),
    },
    timers: context.timers,
  };
}

/** Sends it as it is. */
export function deliver({ response, status, headers, payload }: Delivery): void {
  response.writeHead(status, headers);
  response.end(payload);
}

/** Sends it with the fault; whether the caller got a whole answer. */
export function deliverFaulty(delivery: Delivery, name: FaultName, parameters: FaultParameters): boolean {
  const { response, payload } = delivery;
  const socket = response.socket;
  if (socket === null) return false;
  if (deliverChanged(delivery, name, parameters)) return true;
  switch (name) {
    case 'hang-headers':
      break;
    case 'hang-in-headers':
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: applica');
      break;
    case 'not-http':
      socket.end('\u0016\u0003\u0001 SSH-2.0-OpenSSH_9.2\r\n\r\n');
      break;
    case 'reset-before-body':
      socket.resetAndDestroy();
      break;
    case 'reset-after-headers':
      response.writeHead(delivery.status, delivery.headers);
      response.flushHeaders();
      later(delivery, 20, () => socket.resetAndDestroy());
      break;
    case 'hang-body':
      sendHalf(delivery);
      break;
    case 'reset-in-body':
      sendHalf(delivery);
      later(delivery, 20, () => socket.resetAndDestroy());
      break;
    case 'close-in-body':
      sendHalf(delivery);
      later(delivery, 20, () => socket.destroy());
      break;
    default:
      throw new Error(`the fault "${name}" has no delivery for ${payload.length} bytes`);
  }
  return false;
}

/** Faults that still bring a whole answer. */
function deliverChanged(delivery: Delivery, name: FaultName, parameters: FaultParameters): boolean {
  const { response, payload, headers } = delivery;
  switch (name) {
    case 'delay':
      later(delivery, parameters.ms ?? 2000, () => deliver(delivery));
      return true;
    case 'slow-drip':
      response.writeHead(delivery.status, headers);
      drip(delivery, payload, parameters);
      return true;
    case 'reset-after-body':
      deliver(delivery);
      afterSending(delivery, (socket) => socket.resetAndDestroy());
      return true;
    case 'close-after-body':
      deliver(delivery);
      afterSending(delivery, (socket) => socket.destroy());
      return true;
    case 'truncated-json':
      deliver(withPayload(delivery, payload.subarray(0, Math.floor(payload.length / 2))));
      return true;
    case 'invalid-utf8':
      deliver(withPayload(delivery, Buffer.concat([payload, Buffer.from([0xc3, 0x28, 0xff])])));
      return true;
    case 'byte-order-mark':
      deliver(withPayload(delivery, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), payload])));
      return true;
    case 'wrong-content-type':
      deliver({ ...delivery, headers: { ...headers, 'content-type': 'text/plain' } });
      return true;
    case 'chunked':
      deliver({ ...delivery, headers: { ...without(headers, 'content-length'), 'transfer-encoding': 'chunked' } });
      return true;
    default:
      return false;
  }
}

function withPayload(delivery: Delivery, payload: Buffer): Delivery {
  return { ...delivery, payload, headers: { ...delivery.headers, 'content-length': String(payload.length) } };
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}

function sendHalf({ response, status, headers, payload }: Delivery): void {
  response.writeHead(status, headers);
  response.write(payload.subarray(0, Math.max(1, Math.floor(payload.length / 2))));
}

/** Once the bytes had time to arrive. */
function afterSending(delivery: Delivery, act: (socket: Socket) => void): void {
  const socket = delivery.response.socket;
  if (socket !== null) later(delivery, 30, () => act(socket));
}

function drip(delivery: Delivery, rest: Buffer, parameters: FaultParameters): void {
  if (delivery.response.destroyed) return;
  const size = parameters.bytes ?? 64;
  delivery.response.write(rest.subarray(0, size));
  const left = rest.subarray(size);
  if (left.length === 0) delivery.response.end();
  else later(delivery, parameters.ms ?? 100, () => drip(delivery, left, parameters));
}

/** Runs the act after a while, unless the simulation ends before. */
export function later(delivery: Pick<Delivery, 'timers'>, ms: number, act: () => void): void {
  const timer = setTimeout(() => {
    delivery.timers.delete(timer);
    act();
  }, ms);
  delivery.timers.add(timer);
}
