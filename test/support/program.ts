// The program as a process, as users and schedulers start it. The environment is empty but for what a test gives.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Arguments of Node itself. */
  nodeArgs?: string[];
  /** Kills the process and fails the test after this time. */
  timeoutMs?: number;
  /** Another user to run as. */
  uid?: number;
  gid?: number;
}

export interface ProgramResult {
  /** null where a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A started program. Disposing kills it where it still runs. */
export interface StartedProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly result: Promise<ProgramResult>;
  /** What was printed so far. */
  output(): { stdout: string; stderr: string };
  /** Resolves with the first match in stdout or stderr; rejects where the program ends without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the program and does not wait. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): StartedProgram {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), main, ...args], {
    cwd: options.cwd,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const result = new Promise<ProgramResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`still running: ${args.join(' ')}\n${texts.stdout}\n${texts.stderr}`));
    }, options.timeoutMs ?? 25_000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...texts });
    });
  });
  result.catch(() => {}); // told to whoever awaits it
  return {
    child,
    result,
    output: () => ({ ...texts }),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(texts.stdout) ?? pattern.exec(texts.stderr);
          if (found === null) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        result.then(() => reject(new Error(`ended without ${pattern}:\n${texts.stdout}\n${texts.stderr}`)), reject);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await result.catch(() => {});
    },
  };
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  await using program = startProgram(args, options);
  return await program.result;
}
