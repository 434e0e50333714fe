// One run of a command, with what it cost: CPU time and peak memory as the kernel counted them for it and its children.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

export type ProcessCost = {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Of the largest process among it and its children. */
  readonly peakBytes: number;
  readonly output: string;
};

export type ProcessCommand = {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Codes that are no failure; 0 when absent. */
  readonly codes?: readonly number[];
};

// Node does not tell what a child that ended has cost; Python, which tests need anyway, does.
const wrapper = `
import json, os, resource, sys, time
began = time.monotonic()
pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - began
cost = {'cpu': usage.ru_utime + usage.ru_stime, 'wall': wall, 'peak': usage.ru_maxrss * 1024}
os.write(3, json.dumps(cost).encode())
sys.exit(os.waitstatus_to_exitcode(status))
`;

let python: string | undefined;

/** The program behind `python3`, which may be a script that looks for it, for longer than a small command takes. */
function pythonItself(): string {
  python ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  return python;
}

/** Runs it to its end. Throws, with what it printed, when it ends with another code than the wanted. */
export async function measureProcess(wanted: ProcessCommand): Promise<ProcessCost> {
  const child = spawn(pythonItself(), ['-I', '-S', '-c', wrapper, wanted.command, ...wanted.args], {
    cwd: wanted.directory,
    env: { ...process.env, ...wanted.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [output, errors, cost] = [child.stdio[1]!, child.stdio[2]!, child.stdio[3]!].map(textOf);
  const [code] = await once(child, 'close');
  const printed = `${await output}${await errors}`;
  if (!(wanted.codes ?? [0]).includes(code))
    throw new Error(`${wanted.command} ${wanted.args.join(' ')} ended with ${code}: ${printed.slice(-2000)}`);
  const { cpu, wall, peak } = JSON.parse(await cost!);
  return { cpuSeconds: cpu, wallSeconds: wall, peakBytes: peak, output: (await output)! };
}

async function textOf(stream: unknown): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
