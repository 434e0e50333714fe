// One restore under way: walks the tree, decides what becomes of each entry, and gives units of work to the workers.
//
// What this restore has made itself is not looked at: in a fresh directory nothing can be in the way. In one that existed,
// a worker of its own looks at each name first, and never waits behind a unit of work.

import type { TreeEntry } from '../format/tree-entry.ts';
import { detachEntry } from '../manifest/detach-entry.ts';
import type { WalkedEntry } from '../manifest/walk-tree.ts';
import type { CompletionQueue } from './plan/completion-queue.ts';
import { type EntryWriter, type PlacedItem, unitBytes, unitEntriesMax } from './plan/entry-writer.ts';
import { HardLinkTable, type LinkGroup } from './plan/hard-link-table.ts';
import { itemPath, joinRelative, type RestoreDirectory, type RestoreItem } from './plan/restore-item.ts';
import type { RestoreReport } from './plan/restore-report.ts';
import type { Selection } from './plan/selection.ts';
import type { Slots } from './plan/slots.ts';
import type { TargetInspector } from './plan/target-inspector.ts';
import type { UnitTracker } from './plan/unit-tracker.ts';
import type { RestoreOptions } from './restore-options.ts';
import type { Decision } from './worker/restore-messages.ts';

export type RestoreParts = {
  readonly options: RestoreOptions;
  readonly selection: Selection;
  readonly report: RestoreReport;
  readonly units: UnitTracker;
  /** Of units and of pieces of large files; of large files themselves. */
  readonly slots: Slots;
  readonly largeSlots: Slots;
  readonly inspector: TargetInspector;
  /** Undefined in a dry run. */
  readonly writing: { readonly writer: EntryWriter; readonly completions: CompletionQueue } | undefined;
  readonly signal: AbortSignal;
  /** Ends the restore, as soon as what is under way is done. */
  readonly onError: (error: unknown) => void;
};

/** In the order of the walk. */
type Gathered =
  | { readonly kind: 'entry'; readonly item: RestoreItem }
  /** The metadata of a directory that nothing more comes in. */
  | { readonly kind: 'leave'; readonly item: PlacedItem };

export class RestoreRun {
  readonly #parts: RestoreParts;
  readonly #links = new HardLinkTable();
  readonly #refused = new WeakSet<WalkedEntry>();
  #directory: RestoreDirectory;
  #gathered: Gathered[] = [];
  #gatheredBytes = 0;

  constructor(parts: RestoreParts, root: RestoreDirectory) {
    this.#parts = parts;
    this.#directory = root;
  }

  /** For the walk: whether it should go into a directory. */
  readonly enter = (walked: WalkedEntry): boolean =>
    !this.#refused.has(walked) && this.#parts.selection.mayEnter(walked.path);

  /** The next of the walk; resolves when more may come. */
  async take(batch: readonly WalkedEntry[]): Promise<void> {
    for (const walked of batch) {
      // Most are files in a directory that is known: for these nothing is waited for.
      const waiting = this.#takeOne(walked);
      if (waiting !== undefined) await waiting;
    }
  }

  #takeOne(walked: WalkedEntry): Promise<void> | undefined {
    if (walked.kind === 'leave') {
      const directory = this.#directory;
      this.#directory = directory.parent!;
      return this.#leave(directory);
    }
    this.#directory.names?.add(keyOf(walked.entry.name));
    if (walked.entry.type === 'directory') return this.#enterDirectory(walked);
    return this.#takeEntry({ directory: this.#directory, entry: walked.entry });
  }

  /** Where there is no walk: the one entry that is restored. */
  async takeStart(entry: TreeEntry): Promise<void> {
    await this.#takeEntry({ directory: this.#directory, entry });
  }

  #takeEntry(item: RestoreItem): Promise<void> | undefined {
    const { selection, report } = this.#parts;
    if (!selection.isEverything && !selection.selects(itemPath(item))) return undefined;
    const { status } = item.directory;
    if (status === 'refused') return undefined;
    if (status === 'unknown') return this.#ensure(item.directory).then(() => this.#takeEntry(item));
    const { content } = item.entry;
    if (content.kind !== 'file') return this.#gather({ kind: 'entry', item }, 0);
    if (content.readable) return this.#gather({ kind: 'entry', item }, content.sizeBytes);
    report.problem(itemPath(item), 'the backup could not read its content');
    return undefined;
  }

  /** Behind the walk: begins what was gathered, and waits for nothing. */
  async finish(): Promise<void> {
    if (this.#directory.names !== undefined) await this.#parts.inspector.removeOthers(this.#directory);
    await this.#flush();
  }

  async #enterDirectory(walked: WalkedEntry): Promise<void> {
    const { selection, options, inspector } = this.#parts;
    const path = walked.path;
    const selected = selection.selects(path);
    const directory: RestoreDirectory = {
      path,
      relative: joinRelative(this.#directory.relative, walked.entry.name),
      parent: this.#directory,
      entry: detachEntry(walked.entry),
      selected,
      status: 'unknown',
      names: options.delete && selected && !inspector.isFresh ? new Set() : undefined,
    };
    const usable = !selected || (await this.#ensure(directory));
    if (!usable) this.#refused.add(walked);
    else if (selection.mayEnter(path)) this.#directory = directory;
  }

  /** Makes sure that a directory is there, or will be. False when nothing can be restored in it. */
  async #ensure(directory: RestoreDirectory): Promise<boolean> {
    if (directory.status !== 'unknown') return directory.status !== 'refused';
    const parent = directory.parent!;
    if (!(await this.#ensure(parent))) directory.status = 'refused';
    else if (parent.status === 'existed') directory.status = await this.#parts.inspector.enter(directory);
    else {
      directory.status = 'fresh';
      await this.#gather({ kind: 'entry', item: { directory: parent, entry: directory.entry! } }, 0);
    }
    return directory.status !== 'refused';
  }

  async #leave(directory: RestoreDirectory): Promise<void> {
    const { inspector, options } = this.#parts;
    if (directory.names !== undefined && directory.status === 'existed')
      await inspector.removeOthers(directory);
    if (!isDescribed(directory, options)) return;
    const item = { directory: directory.parent!, entry: directory.entry!, action: 'describe' } as const;
    await this.#gather({ kind: 'leave', item }, 0);
  }

  #gather(gathered: Gathered, sizeBytes: number): Promise<void> | undefined {
    this.#gathered.push(gathered);
    this.#gatheredBytes += sizeBytes;
    const full = this.#gatheredBytes >= unitBytes || this.#gathered.length >= unitEntriesMax;
    return full ? this.#flush() : undefined;
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const items = gathered.flatMap((one) => (one.kind === 'entry' ? [one.item] : []));
    const left = gathered.flatMap((one) => (one.kind === 'leave' ? [one.item] : []));
    const decisions = await this.#parts.inspector.inspect(items);
    const { writing, report } = this.#parts;
    if (writing === undefined) countDry(report, items, decisions, left.length);
    else await this.#begin(writing, items, decisions, left);
    this.#parts.options.onProgress?.({ ...report.counts });
  }

  /** Directories are described, and further names made, when all that is begun here is done. */
  async #begin(
    { writer, completions }: NonNullable<RestoreParts['writing']>,
    items: readonly RestoreItem[],
    decisions: readonly Decision[],
    left: readonly PlacedItem[],
  ): Promise<void> {
    const { slots, largeSlots, report, onError } = this.#parts;
    const { first, further } = this.#place(items, decisions);
    report.counts.filesKept += decisions.filter((decision) => decision === 'keep').length;
    const small = first.filter((item) => !isLarge(item));
    if (small.length > 0) await this.#follow(slots, () => writer.writeUnit(small));
    for (const item of first.filter(isLarge))
      await this.#follow(largeSlots, () => writer.writeInPieces(item, { slots }));
    for (const { item, group } of further) completions.add(item, group);
    for (const item of left) completions.add(item);
    completions.begin(onError);
  }

  async #follow(slots: Slots, work: () => Promise<void>): Promise<void> {
    const { units, signal, onError } = this.#parts;
    await slots.take();
    if (signal.aborted) slots.give();
    signal.throwIfAborted();
    units.follow(() => work().finally(() => slots.give()), onError);
  }

  #place(items: readonly RestoreItem[], decisions: readonly Decision[]) {
    const first: PlacedItem[] = [];
    const further: { readonly item: PlacedItem; readonly group: LinkGroup }[] = [];
    for (const [at, item] of items.entries()) {
      const action = decisions[at]!;
      if (action === 'keep') continue;
      const joined = this.#links.join(item);
      if (joined === undefined || joined.isFirst) first.push({ ...item, action, group: joined?.group });
      else further.push({ item: { ...item, entry: detachEntry(item.entry), action }, group: joined.group });
    }
    return { first, further };
  }
}

/** One that was only on the way, or is to be left as it was, is not. */
function isDescribed({ status, selected }: RestoreDirectory, { overwrite }: RestoreOptions): boolean {
  if (status === 'fresh') return true;
  return status === 'existed' && selected && overwrite !== 'never';
}

function countDry(
  report: RestoreReport,
  items: readonly RestoreItem[],
  decisions: readonly Decision[],
  directories: number,
): void {
  report.counts.directories += directories;
  for (const [at, { entry }] of items.entries()) {
    if (decisions[at] === 'keep') report.counts.filesKept += 1;
    else if (entry.type !== 'directory') report.counts.files += 1;
    if (decisions[at] !== 'keep' && entry.content.kind === 'file')
      report.counts.bytes += entry.content.sizeBytes;
  }
}

function isLarge({ action, entry: { content } }: PlacedItem): boolean {
  return action !== 'describe' && content.kind === 'file' && content.sizeBytes > unitBytes;
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name).toString('latin1');
}
