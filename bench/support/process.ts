// The program as a process: how long it ran and the most memory it held, as the kernel counts it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ended {
  stdout: string;
  seconds: number;
  /** Most resident memory; null where /proc does not tell. */
  peakBytes: number | null;
}

export function startMain(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Runs a command to its end. Throws where it does not exit with 0. */
export async function runMain(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const startedMs = performance.now();
  const child = startMain(args, env);
  let stdout = '';
  let peakBytes: number | null = null;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const look = setInterval(() => {
    peakBytes = peakOf(child.pid) ?? peakBytes;
  }, 50);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(look);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}`);
  return { stdout, seconds: (performance.now() - startedMs) / 1000, peakBytes };
}

function peakOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
