#!/usr/bin/env node
// The process: argv and environment in, exit code out, signals → AbortSignal. Nothing is decided here.
// This file must parse on old versions of Node, so that they get the message below: everything else is loaded after it.

const oldestNode = 24;

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  process.stderr.write(`backup-inventory needs Node.js ${oldestNode} or newer; this is ${process.version}\n`);
  process.exitCode = 2;
} else {
  // Compiled code is kept beside the program, as well guarded as its source; where that is read-only, it is not kept.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/backup-inventory`);
  const { StopError } = await import('./faults.ts');
  const { SecretRegistry } = await import('./secret.ts');
  const { flushed, failureText, runProgram } = await import('./cli.ts');
  const { argv, env, stdout, stderr } = process;
  const secrets = new SecretRegistry();
  const stop = new AbortController();

  for (const [name, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(code); // asked twice: at once
      stop.abort(new StopError(name));
      setTimeout(() => {
        stderr.write('backup-inventory: did not stop in time; what was not committed is dropped\n');
        process.exit(code);
      }, 9_000).unref();
    });
  }
  process.on('uncaughtException', (error) => {
    stderr.write(secrets.scrub(`backup-inventory: unexpected failure: ${failureText(error)}\n`));
    process.exit(1);
  });
  // A reader that went away (`| head`) is no failure of ours.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});

  const code = await runProgram({ argv: argv.slice(2), env, stdout, stderr, signal: stop.signal, secrets });
  await flushed(stdout);
  await flushed(stderr);
  process.exit(code);
}
