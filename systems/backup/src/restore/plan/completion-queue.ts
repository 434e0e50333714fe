// What is due when everything before it in the order of the walk is written: further names of a file, and the metadata of a
// directory when nothing in it changes any more.

import { packEntries } from '../worker/entry-batch.ts';
import type { HardLink } from '../worker/restore-messages.ts';
import type { EntryWriter, PlacedItem } from './entry-writer.ts';
import type { LinkGroup } from './hard-link-table.ts';
import { itemPath } from './restore-item.ts';
import type { RestoreReport } from './restore-report.ts';
import type { UnitTracker } from './unit-tracker.ts';
import type { WorkerPool } from './worker-pool.ts';

type Due = {
  /** The unit after which it is. */
  readonly after: number;
  readonly item: PlacedItem;
  /** Of a further name; undefined for a directory. */
  readonly linkTo: LinkGroup | undefined;
};

const batchMax = 512;

export type CompletionOptions = {
  readonly pool: WorkerPool;
  readonly writer: EntryWriter;
  readonly report: RestoreReport;
  readonly units: UnitTracker;
};

export class CompletionQueue {
  readonly #options: CompletionOptions;
  #due: Due[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /** A name of a file, or with no group a directory, after all units that are begun. */
  add(item: PlacedItem, linkTo?: LinkGroup): void {
    this.#due.push({ after: this.#options.units.lastBegun, item, linkTo });
  }

  /** Begins what is due, when it is much. One after another: a directory above may take the right to enter it away. */
  begin(onError: (error: unknown) => void): void {
    const { doneUpTo } = this.#options.units;
    const waiting = this.#due.findIndex(({ after }) => after > doneUpTo);
    const count = waiting === -1 ? this.#due.length : waiting;
    if (count < batchMax) return;
    const due = this.#due.splice(0, count);
    this.#running = this.#running.then(() => this.#complete(due)).catch(onError);
  }

  /** Does all that is left. All units must be done. */
  async finish(): Promise<void> {
    await this.#running;
    await this.#complete(this.#due.splice(0));
  }

  async #complete(due: readonly Due[]): Promise<void> {
    for (let at = 0; at < due.length; at += batchMax) {
      const batch = due.slice(at, at + batchMax);
      await this.#link(batch.filter(({ linkTo }) => linkTo !== undefined));
      await this.#describe(batch.filter(({ linkTo }) => linkTo === undefined).map(({ item }) => item));
    }
  }

  /** A name whose first could not be written, or linked to, becomes a file of its own. */
  async #link(due: readonly Due[]): Promise<void> {
    const possible = due.filter(({ linkTo }) => linkTo!.inode !== undefined);
    for (const { item } of due.filter(({ linkTo }) => linkTo!.inode === undefined))
      await this.#writeAlone(item);
    if (possible.length === 0) return;
    const { pool, report } = this.#options;
    const links = possible.map(({ item, linkTo }) => hardLink(item, linkTo!));
    const { failures } = await pool.run({ kind: 'complete', links, directories: packEntries([]) });
    report.counts.files += possible.length - failures.length;
    for (const { entry, problem } of failures) {
      const { item } = possible[entry]!;
      report.notice('links', itemPath(item), problem);
      await this.#writeAlone(item);
    }
  }

  #writeAlone(item: PlacedItem): Promise<void> {
    const { writer } = this.#options;
    return item.entry.type === 'file' ? writer.writeInPieces(item) : writer.writeUnit([item]);
  }

  async #describe(items: readonly PlacedItem[]): Promise<void> {
    if (items.length === 0) return;
    const { pool, report } = this.#options;
    const entries = items.map((item) => ({ ...item, directory: item.directory.relative, chunks: [] }));
    const output = await pool.run({ kind: 'complete', links: [], directories: packEntries(entries) });
    report.counts.directories += items.length - output.failures.length;
    for (const { entry, problem } of output.failures) report.problem(itemPath(items[entry]!), problem);
    for (const { entry, kind, detail } of output.notices)
      report.notice(kind, itemPath(items[entry]!), detail);
  }
}

function hardLink({ directory, entry, action }: PlacedItem, group: LinkGroup): HardLink {
  const { first, inode } = group;
  return {
    directory: directory.relative,
    name: Uint8Array.from(entry.name),
    from: { directory: first.directory.relative, name: Uint8Array.from(first.entry.name) },
    inode: inode!,
    replace: action === 'replace',
  };
}
