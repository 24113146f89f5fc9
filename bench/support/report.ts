// What a benchmark says: rows of "target and measured". Printed as they come, kept in bench/results.json, shown by
// docs/benchmarks.md. The machine and the day are taken here.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Spread } from './measure.ts';

export interface Row {
  what: string;
  against: string;
  target: string;
  measured: string;
  /** Null where there is no target. */
  met: boolean | null;
  note?: string;
}

export interface Context {
  /** The sizes of the targets; otherwise smaller ones that take minutes. */
  full: boolean;
  log(text: string): void;
}

export interface Bench {
  name: string;
  about: string;
  run(context: Context): Promise<Row[]>;
}

/** One benchmark as it was run. */
export interface Result {
  name: string;
  about: string;
  command: string;
  at: string;
  seconds: number;
  machine: string;
  load: number;
  rows: Row[];
}

const file = fileURLToPath(new URL('../results.json', import.meta.url));

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${model}), ${memory} GB, ${systemName()}, kernel ${release().split('-')[0]}, Node ${process.version}`;
}

function systemName(): string {
  try {
    return /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

export async function readResults(): Promise<Result[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Keeps the newest result of each benchmark, in the order of the list. */
export async function keepResult(result: Result, order: readonly string[]): Promise<void> {
  const others = (await readResults()).filter(({ name }) => name !== result.name && order.includes(name));
  const all = [...others, result].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  await writeFile(file, `${JSON.stringify(all, null, 1)}\n`);
}

/** `0.83 (0.79–0.86, n = 5)`. */
export function spreadText({ median, least, most, count }: Spread, digits = 2): string {
  const text = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return count === 1 ? `${text(median)} (n = 1)` : `${text(median)} (${text(least)}–${text(most)}, n = ${count})`;
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** The program's output where it could be started. */
export function outputOf(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}
