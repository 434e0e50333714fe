// Many chunks in order, with bounded memory: a few windows of some MiB each are read ahead of the one that is given out.

import assert from 'node:assert/strict';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { ReadChunksOptions } from '../repository.ts';
import { type ChunkSource, ChunkWindow } from './chunk-window.ts';

/** Raw bytes of a window; it has one chunk at least. */
const windowBytesMax = 8 * 1024 * 1024;
const windowChunksMax = 4096;
const windowsAhead = 3;

export async function* readChunks(
  source: ChunkSource,
  fingerprints: Uint8Array,
  options: ReadChunksOptions = {},
): AsyncGenerator<Uint8Array> {
  assert(fingerprints.length % fingerprintBytes === 0, `a fingerprint has ${fingerprintBytes} bytes`);
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const windows = splitWindows(source, fingerprints);
  const ahead: Promise<Uint8Array[]>[] = [];
  try {
    for (;;) {
      while (ahead.length <= windowsAhead) {
        const next = await windows.next();
        if (next.done) break;
        const reading = new ChunkWindow(source, signal).read(next.value);
        reading.catch(() => {}); // thrown when its turn comes, or of no interest any more
        ahead.push(reading);
      }
      const window = ahead.shift();
      if (window === undefined) return;
      yield* await window;
      signal.throwIfAborted();
    }
  } finally {
    left.abort(new Error('the reader left'));
  }
}

/** Lengths come from the index, which is read anew when it does not know one: windows of unknown length are not bounded. */
async function* splitWindows(source: ChunkSource, fingerprints: Uint8Array): AsyncGenerator<Uint8Array> {
  let index = await source.index();
  let refreshed = false;
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < fingerprints.length; at += fingerprintBytes) {
    const fingerprint = fingerprints.subarray(at, at + fingerprintBytes);
    let location = index.locate(fingerprint);
    if (location === undefined && !refreshed) {
      refreshed = true;
      index = await source.index({ refresh: true });
      location = index.locate(fingerprint);
    }
    const rawBytes = location?.rawBytes ?? 0;
    const full = bytes + rawBytes > windowBytesMax || at - start >= windowChunksMax * fingerprintBytes;
    if (at > start && full) {
      yield fingerprints.subarray(start, at);
      start = at;
      bytes = 0;
    }
    bytes += rawBytes;
  }
  if (start < fingerprints.length) yield fingerprints.subarray(start);
}
