// The TLS key pair of a process, followed as its files change: the one that every listener speaks with.
//
// Certificate tools replace the two files one after the other, by rename or through a symbolic link, so the folders are
// watched rather than the files, and a pair that does not fit (yet) leaves the one in use alone. What a watcher cannot
// see is found by reading the files from time to time.

import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import type { Log } from '@cairn/telemetry';
import type { Clock, Timer } from '@cairn/world';
import { tlsExpiryWarningDays, tlsPollMs, tlsSettleMs } from '../limits.ts';
import type { TlsSource } from '../system-definition.ts';
import { type KeyPair, type KeyPairFiles, readKeyPair, validUntilMs } from './key-pair.ts';

export type OpenTlsSource = TlsSource & {
  /** Reads the files now and resolves when that is done; what the watcher and the poll call. */
  reload(): Promise<void>;
  /** Stops following the files. Idempotent. */
  close(): void;
};

/** Reads the pair and begins to follow it. Fails with UnusableStart `tls-unusable`. */
export async function openTlsSource(
  files: KeyPairFiles,
  options: { readonly log: Log; readonly clock: Clock },
): Promise<OpenTlsSource> {
  return new FollowedKeyPair(files, await readKeyPair(files), options);
}

class FollowedKeyPair implements OpenTlsSource {
  readonly #files: KeyPairFiles;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #callbacks = new Set<(pair: KeyPair) => void>();
  readonly #watchers: readonly FSWatcher[];
  #pair: KeyPair;
  #settling: Timer | undefined;
  #poll: Timer | undefined;
  /** Reloads run one after the other, so that an older pair never replaces a newer one. */
  #reloading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(files: KeyPairFiles, pair: KeyPair, options: { log: Log; clock: Clock }) {
    this.#files = files;
    this.#pair = pair;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#warnOfExpiry();
    const folders = new Set([files.certificate, files.key].map((file) => path.dirname(path.resolve(file))));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    this.#schedulePoll();
  }

  get certificate(): string {
    return this.#pair.certificate;
  }

  get key(): string {
    return this.#pair.key;
  }

  onChange(reload: (pair: KeyPair) => void): () => void {
    this.#callbacks.add(reload);
    return () => this.#callbacks.delete(reload);
  }

  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#readAgain());
    return this.#reloading;
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.close();
    this.#settling?.cancel();
    this.#poll?.cancel();
    this.#callbacks.clear();
  }

  async #readAgain(): Promise<void> {
    if (this.#closed) return;
    try {
      const pair = await readKeyPair(this.#files);
      if (pair.certificate === this.#pair.certificate && pair.key === this.#pair.key) return;
      this.#pair = pair;
    } catch (error) {
      this.#log.warn('tls key pair not taken over, the one in use stays', { error });
      return;
    }
    this.#log.info('tls key pair replaced', { validUntil: new Date(validUntilMs(this.#pair)) });
    this.#warnOfExpiry();
    for (const callback of this.#callbacks) callback(this.#pair);
  }

  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#scheduleReload());
      watcher.on('error', (error) =>
        this.#log.warn('tls folder not watched any more, only read', { folder, error }),
      );
      return [watcher];
    } catch (error) {
      // No watches left on this machine: the poll alone follows the files.
      this.#log.warn('tls folder not watched, only read', { folder, error });
      return [];
    }
  }

  #scheduleReload(): void {
    if (this.#closed) return;
    this.#settling?.cancel();
    this.#settling = this.#clock.setTimer(tlsSettleMs, () => void this.reload());
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#poll = this.#clock.setTimer(tlsPollMs, () => void this.reload().then(() => this.#schedulePoll()));
  }

  #warnOfExpiry(): void {
    const untilMs = validUntilMs(this.#pair);
    if (untilMs - this.#clock.nowMs() > tlsExpiryWarningDays * 86_400_000) return;
    const { certificate } = this.#files;
    this.#log.warn('tls certificate ends soon', { certificate, validUntil: new Date(untilMs) });
  }
}
