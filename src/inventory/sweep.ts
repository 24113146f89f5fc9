// The certified sweep: reads a list that moves while it is read, and says whether what it saw is complete.
// Pure: pages come from `fetchPage`, time and network are elsewhere. The proof is in docs/sweep.md, in short:
//
// A list is sorted by a key that never changes for an item, newest first. A page holds everything that was alive
// strictly between its first and its last key when it was read. Two neighbours join when they share an id and the
// second begins strictly before the first one's last key: then their intervals overlap, ties included, and a chain of
// joints from offset 0 to a short page has no hole. The order and the time of the reads do not matter.
// (One shared item is not enough: equal keys may be shuffled between two reads, so the item after the cut of one page
// can stand before the cut of the next.)
//
// Where order proves nothing (a page full of equal keys, a list out of order), a second proof serves: ids seen in two
// passes were alive between them; if they are as many as the total reported between the passes, they are all.

import { CloudError, sweepReasonOf } from './errors.ts';
import { createIdSet, type IdSet } from './id-set.ts';
import type { Certificate, Fact, Rescans, SweepReason } from './model.ts';
import { createPageReader, type PageRead, type PageReader, type SweepDeps, type SweepOptions } from './page-reader.ts';

/** The certificate without what the caller knows: times, HTTP requests, mode. */
export type SweepOutcome = Omit<Certificate, 'mode' | 'startedAt' | 'finishedAt' | 'requests' | 'retries'> & {
  /** The list was read from head to tail without an error. What `recent` runs go by. */
  readThrough: boolean;
};

const maxPasses = 3;

/** Sweeps one list. Never throws a CloudError: what went wrong is in the outcome. */
export async function sweep<F extends Fact>(deps: SweepDeps<F>, options: SweepOptions): Promise<SweepOutcome> {
  const ids = createIdSet();
  const reader = createPageReader(deps, { ...options, ids });
  let reason: SweepReason | null = null;
  let failure: unknown = null;
  let readThrough = false;
  let passes = 0;
  try {
    while (passes < maxPasses) {
      passes += 1;
      const pass = await readPass(reader, passes, options);
      readThrough = pass.reachedTail;
      reason = options.certify ? judge(pass, ids, passes, options) : 'recent';
      if (reason === null || reason === 'page_cap' || reason === 'recent') break;
    }
  } catch (error) {
    failure = error;
    reason = options.signal.aborted ? 'cancelled' : error instanceof CloudError ? sweepReasonOf(error.failure) : null;
    if (reason === null) throw error;
    readThrough = false;
  } finally {
    await reader.settle();
  }
  if (reason === null && reader.counts.blocked) reason = 'anomaly';
  const { pages, rescans, duplicates, totalFirst, totalLast } = reader.counts;
  return {
    certified: reason === null,
    reason,
    pages,
    passes,
    rescans,
    duplicates,
    reportedTotalFirst: totalFirst,
    reportedTotal: totalLast,
    distinctIds: ids.size(),
    errorCode: failure instanceof CloudError ? failure.code : null,
    errorMessage: failure instanceof Error ? failure.message : null,
    readThrough,
  };
}

interface Pass {
  /** Every joint held on distinct keys in order: the chain is a proof. */
  sound: boolean;
  broken: boolean;
  capped: boolean;
  reachedTail: boolean;
  /** Total reported with the first page. */
  totalAtStart: number | null;
  totalAtEnd: number | null;
  /** No page held fewer rows than its own total says. */
  whole: boolean;
  /** Rows without an id: they take a place in the total. */
  nameless: number;
}

function judge(pass: Pass, ids: IdSet, number: number, options: SweepOptions) {
  if (pass.capped) return 'page_cap';
  if (hasHiddenMost(ids, number)) return 'total_mismatch';
  const { trustTotalCount } = options;
  if (pass.sound && !pass.broken) {
    if (!trustTotalCount) return null;
    if (pass.whole && pass.totalAtEnd !== null && ids.seenIn(number) + pass.nameless >= pass.totalAtEnd) return null;
  }
  const seenInBoth = ids.seenAgainIn(number);
  if (trustTotalCount && number > 1 && pass.nameless === 0 && pass.reachedTail && seenInBoth === pass.totalAtStart) {
    return null;
  }
  return pass.sound && !pass.broken ? 'total_mismatch' : 'joint_broken';
}

/** Fewer rows than this may go between two passes, whatever their share. */
const hiddenFloor = 20;

/**
 * Whether a pass shows less than half of what this sweep saw, or nothing any more. Deletions are not that quick; a
 * permission that is lost in mid-sweep is, and some services then show an empty list, with a total that agrees.
 */
function hasHiddenMost(ids: IdSet, pass: number): boolean {
  const hidden = ids.size() - ids.seenIn(pass);
  return hidden > 0 && (ids.seenIn(pass) === 0 || (hidden > hiddenFloor && hidden * 2 > ids.size()));
}

async function readPass(reader: PageReader, number: number, options: SweepOptions): Promise<Pass> {
  await reader.startPass(number);
  const head = await reader.read(0);
  const chain = await readChain(reader, head, options);
  const end =
    chain.broken || reader.capped() || !options.certify ? chain : await readHeadAgain(reader, head, chain, options);
  return {
    sound: end.sound && reader.counts.ordered,
    broken: end.broken,
    capped: reader.capped(),
    reachedTail: !end.broken && !reader.capped(),
    totalAtStart: head.total,
    totalAtEnd: reader.counts.totalLast,
    whole: reader.counts.whole,
    nameless: reader.counts.nameless,
  };
}

interface Chain {
  sound: boolean;
  broken: boolean;
}

/** A page that goes on from another one, and how well it is joined to it. Weak: a shared id is all there is. */
interface Step {
  page: PageRead;
  joint: 'strict' | 'weak';
}

/** Reads forward from the head until a page proves the tail, repairing each joint that does not hold. */
async function readChain(reader: PageReader, head: PageRead, options: SweepOptions): Promise<Chain> {
  let current = head;
  let sound = true;
  while (!reader.capped()) {
    const ahead = await reader.ahead(nextStart(current));
    let step: Step | null = ahead === null ? null : stepTo(current, ahead);
    if (ahead !== null && step !== null) reader.consume(ahead);
    if (step === null && current.length < reader.limit) {
      if (ahead === null && isTail(current, options)) return { sound, broken: false };
      step = await readBeyond(reader, current);
      if (step === null) return { sound, broken: false };
    }
    step ??= await readBridge(reader, current, ahead);
    if (step === null || reader.stalled()) return { sound: false, broken: true };
    if (step.joint === 'weak') sound = false;
    current = step.page;
    if (ahead !== null && !goesOn(current, ahead)) reader.consume(ahead);
  }
  return { sound, broken: false };
}

/** A short page that should not be the last: the page after it, or null where nothing follows after all. */
async function readBeyond(reader: PageReader, current: PageRead): Promise<Step | null> {
  const page = await reader.read(nextStart(current), 'joint');
  const step = stepTo(current, page);
  if (step !== null && goesOn(current, page)) return step;
  await reader.discardAhead(); // planned on a total that did not hold
  return null;
}

/** Reads where the joint should be, then steps back half a page at a time until it holds. Null: not even at 0. */
async function readBridge(reader: PageReader, current: PageRead, ahead: PageRead | null): Promise<Step | null> {
  const half = Math.max(1, Math.floor(reader.limit / 2));
  let offset = nextStart(current);
  let why: keyof Rescans | null = null;
  if (ahead !== null) {
    why = sharesId(current, ahead) ? 'tie' : 'joint';
    if (offset >= ahead.offset) offset = Math.max(0, ahead.offset - half);
  }
  while (!reader.capped()) {
    const step = stepTo(current, await reader.read(offset, why));
    if (step !== null) return step;
    if (offset === 0) return null;
    offset = Math.max(0, offset - half);
    why ??= 'joint';
  }
  return null;
}

/** From offset 0 until a page shares an id with the first page: what appeared meanwhile. */
async function readHeadAgain(reader: PageReader, head: PageRead, chain: Chain, options: SweepOptions): Promise<Chain> {
  let page = await reader.read(0);
  while (!sharesId(page, head) && !isTail(page, options) && !reader.capped()) {
    const bridge = await readBridge(reader, page, null);
    if (bridge === null || reader.stalled()) return { sound: false, broken: true };
    page = bridge.page;
  }
  return chain;
}

/** The step from a page to one that leaves no hole behind it; null where there may be one. */
function stepTo(page: PageRead, next: PageRead): Step | null {
  if (!sharesId(page, next)) return null;
  if (next.offset === 0) return { page: next, joint: 'strict' };
  if (page.lastKey === null || next.firstKey === null) return { page: next, joint: 'weak' };
  if (next.firstKey > page.lastKey) return { page: next, joint: 'strict' };
  return page.lastNewerIndex < 1 ? { page: next, joint: 'weak' } : null;
}

/** Where the next page starts: on the last item with a newer key than the page's last, or one item in where all are equal. */
function nextStart(page: PageRead): number {
  if (page.length === 0) return Math.max(0, page.offset - 1);
  return page.offset + (page.lastNewerIndex >= 1 ? page.lastNewerIndex : Math.max(1, page.length - 2));
}

function isTail(page: PageRead, options: SweepOptions): boolean {
  if (page.length >= options.limit) return false;
  return !options.trustTotalCount || page.total === null || page.offset + page.length >= page.total;
}

/** Whether the second page holds an id that the first one lacks. */
function goesOn(page: PageRead, next: PageRead): boolean {
  for (const id of next.ids) if (!page.ids.has(id)) return true;
  return false;
}

function sharesId(page: PageRead, other: PageRead): boolean {
  for (const id of other.ids) if (page.ids.has(id)) return true;
  return false;
}
