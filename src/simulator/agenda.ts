// What will happen in a project, in the order of time: a binary heap of events.

import type { BackupRecord, InstanceRecord } from './records.ts';

export type Event =
  | { at: number; kind: 'night'; instance: InstanceRecord; generation: number }
  | { at: number; kind: 'finish'; backup: BackupRecord; outcome: 'COMPLETED' | 'FAILED'; sizeKb: number }
  | { at: number; kind: 'expire'; instance: InstanceRecord; generation: number };

export type Agenda = Event[];

export function schedule(agenda: Agenda, event: Event): void {
  agenda.push(event);
  let index = agenda.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!swapIfEarlier(agenda, index, parent)) return;
    index = parent;
  }
}

/** Takes the next event if it is due. */
export function takeDue(agenda: Agenda, now: number): Event | null {
  const first = agenda[0];
  if (first === undefined || first.at > now) return null;
  const last = agenda.pop();
  if (last === undefined || last === first) return first;
  agenda[0] = last;
  for (let index = 0; ; ) {
    const left = 2 * index + 1;
    const right = left + 1;
    const child = (agenda[right]?.at ?? Infinity) < (agenda[left]?.at ?? Infinity) ? right : left;
    if (child >= agenda.length || !swapIfEarlier(agenda, child, index)) return first;
    index = child;
  }
}

function swapIfEarlier(agenda: Agenda, child: number, parent: number): boolean {
  const a = agenda[child];
  const b = agenda[parent];
  if (a === undefined || b === undefined || a.at >= b.at) return false;
  agenda[child] = b;
  agenda[parent] = a;
  return true;
}
