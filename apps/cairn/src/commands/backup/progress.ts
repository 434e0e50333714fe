// A bar on standard error for long work: what is done, how fast, how long it will take. Only on a terminal; scripts that
// ask for --json get the result alone.

import { createRequire } from 'node:module';
import { bytesText } from '../../output/bytes.ts';

export type Progress = {
  readonly done: number;
  /** Absent while it is not known. */
  readonly total?: number | undefined;
  /** Of `done` and `total`. */
  readonly unit: 'bytes' | 'objects';
  readonly text: string;
};

export type ProgressBar = {
  /** Whether anybody sees it. */
  readonly isShown: boolean;
  show(progress: Progress): void;
  stop(): void;
};

const load = createRequire(import.meta.url);
const silent: ProgressBar = { isShown: false, show() {}, stop() {} };

export function openProgressBar(options: { readonly json?: boolean | undefined }): ProgressBar {
  if (options.json === true || process.stderr.isTTY !== true) return silent;
  const beganMs = performance.now();
  // Twenty files that only a terminal needs.
  const { SingleBar } = load('cli-progress') as typeof import('cli-progress');
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Lines fit; a process that is killed would leave a terminal that does not wrap.
    linewrap: true,
    fps: 5,
    format: (_options, _parameters, payload) => (payload as { line: string }).line,
  });
  let started = false;
  return {
    isShown: true,
    show: (progress) => {
      const line = lineOf(progress, (performance.now() - beganMs) / 1000, process.stderr.columns || 80);
      if (!started) bar.start(1, 0, { line });
      else bar.update({ line });
      started = true;
    },
    stop: () => {
      if (started) bar.stop();
      started = false;
    },
  };
}

/** One line that fits the terminal: `[#####-----]  42%  1.2 GiB of 2.9 GiB  310.2 MiB/s  0:05 left  name`. */
export function lineOf({ done, total, unit, text }: Progress, seconds: number, columns: number): string {
  const amount = unit === 'bytes' ? bytesText : (n: number) => String(n);
  const rate = seconds > 0 ? done / seconds : 0;
  const parts =
    total === undefined ? [amount(done)] : [bar(done / total), `${amount(done)} of ${amount(total)}`];
  parts.push(`${amount(Math.round(rate))}/s`);
  parts.push(total !== undefined && rate > 0 ? `${clock((total - done) / rate)} left` : clock(seconds));
  const line = `${parts.join('  ')}  ${printable(text)}`;
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * 20);
  return `[${'#'.repeat(filled)}${'-'.repeat(20 - filled)}] ${String(Math.floor(share * 100)).padStart(3)}%`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Names of files come from users: control characters must not reach a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Control}/gu, '\uFFFD');
}
