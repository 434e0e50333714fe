// Commits for a group what was printed: not before, so that what was not seen comes again; within a second after, so that
// little comes twice.

import type { OffsetItem, RecordItem } from '@cairn/message-queue';
import type { ManagementApi } from '../../client/management-api.ts';
import { callSystem } from '../../client/run-call.ts';
import { CommandFailed } from '../../exit-codes.ts';

const commitAfterMs = 1_000;

export class GroupProgress {
  readonly #api: ManagementApi;
  readonly #names: { readonly group: string; readonly topic: string };
  /** By partition, behind what was printed and is not committed. */
  readonly #next = new Map<number, number>();
  #committing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(api: ManagementApi, names: { readonly group: string; readonly topic: string }) {
    this.#api = api;
    this.#names = names;
  }

  /**
   * What the group committed: `0:17,2:5` for the management API; undefined when that is nothing. Throws CommandFailed while the
   * group has members: nothing could be committed for it.
   */
  async committed(): Promise<string | undefined> {
    const { group, topic } = this.#names;
    const call = { system: 'message-queue', method: 'GET', path: ['groups', group, 'offsets'] } as const;
    const answer = await callSystem(this.#api, { ...call, query: { topic } });
    const { offsets, members } = answer as { offsets: readonly OffsetItem[]; members: number };
    if (members > 0)
      throw new CommandFailed(
        'no',
        `could not consume as group '${group}': it has ${members === 1 ? 'a member' : `${members} members`}, stop them or leave --group out`,
      );
    const known = offsets.filter(({ committed }) => committed !== undefined);
    return known.map(({ partition, committed }) => `${partition}:${committed}`).join(',') || undefined;
  }

  /** Throws what a commit before it failed with. */
  note({ partition, offset }: Pick<RecordItem, 'partition' | 'offset'>): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#next.set(partition, offset + 1);
    this.#timer ??= setTimeout(() => this.#commit(), commitAfterMs);
  }

  /** Commits the rest. */
  async close(): Promise<void> {
    this.#commit();
    await this.#committing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { group, topic } = this.#names;
    const offsets = Array.from(this.#next, ([partition, offset]) => ({ topic, partition, offset }));
    this.#next.clear();
    if (offsets.length === 0) return;
    const call = { system: 'message-queue', method: 'POST', path: ['groups', group, 'offsets'] } as const;
    this.#committing = this.#committing
      .then(async () => void (await callSystem(this.#api, { ...call, body: { offsets } })))
      .catch((error) => {
        this.#failure = error;
      });
  }
}
