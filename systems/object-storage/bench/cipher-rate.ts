// How fast this machine encrypts 1 MiB by AES-256-GCM: in one call, and in the frames that objects are sealed in.

import { createCipheriv } from 'node:crypto';
import { framePlainBytesMax } from '../src/encryption/frame-layout.ts';

const MiB = 1024 * 1024;
const rounds = 5;
const timesPerRound = 200;

export type CipherRate = {
  readonly gigabytesPerSecond: number;
  /** Milliseconds for 1 MiB in one call, and in frames. */
  readonly bareMs: number;
  readonly framedMs: number;
};

/** The fastest of several rounds: what the machine can, not what others left of it. */
export function cipherRate(): CipherRate {
  const bareMs = fastest([Buffer.alloc(MiB, 'x')]);
  const frames = Array.from({ length: Math.ceil(MiB / framePlainBytesMax) }, (_, index) =>
    Buffer.alloc(Math.min(framePlainBytesMax, MiB - index * framePlainBytesMax), 'x'),
  );
  return { gigabytesPerSecond: MiB / bareMs / 1e6, bareMs, framedMs: fastest(frames) };
}

function fastest(pieces: readonly Buffer[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    for (let done = 0; done < timesPerRound; done++) for (const piece of pieces) encrypt(piece);
    best = Math.min(best, (performance.now() - startMs) / timesPerRound);
  }
  return best;
}

const key = Buffer.alloc(32, 'k');
const nonce = Buffer.alloc(12);

function encrypt(piece: Buffer): void {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.update(piece);
  cipher.final();
  cipher.getAuthTag();
}
