// What a walk will meet, counted ahead of it for who wants to know how long it takes. It decides as `TreeWalk` does about what belongs
// to the backup, which a test compares; what cannot be looked at is not counted, and nothing is reported: the walk does.

import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { cacheTagName } from '../../filesystem/cache-tag.ts';
import type { DirectoryRules } from '../exclude-rules.ts';
import { filePath } from '../file-path.ts';
import { namesToVisit, type TargetNode } from '../target-tree.ts';

/** What a turn does at most, so that an abort is heard. */
const entriesPerTurn = 4096;

/** Files of every kind besides directories, and bytes of files. */
export type SourceTotals = { readonly files: number; readonly bytes: number };

export type TreeCountOptions = {
  readonly target: TargetNode;
  readonly rules: DirectoryRules;
  readonly oneFileSystem: boolean;
};

type Place = {
  readonly path: string;
  readonly rules: DirectoryRules;
  readonly node: TargetNode | undefined;
  readonly whole: boolean;
  readonly device: number;
};
type OpenPlace = Place & { readonly names: readonly string[]; next: number };

export class TreeCount {
  readonly #oneFileSystem: boolean;
  readonly #stack: OpenPlace[] = [];
  #files = 0;
  #bytes = 0;

  constructor({ target, rules, oneFileSystem }: TreeCountOptions) {
    this.#oneFileSystem = oneFileSystem;
    const device = target.whole ? lstatSync('/').dev : 0;
    this.#open({ path: '', rules, node: target, whole: target.whole, device }, { listed: target.whole });
  }

  /** One turn; the totals when everything was counted. */
  run(): SourceTotals | undefined {
    for (let visited = 0; visited < entriesPerTurn; visited += 1) {
      const place = this.#stack.at(-1);
      if (place === undefined) return { files: this.#files, bytes: this.#bytes };
      const name = place.names[place.next++];
      if (name === undefined) this.#stack.pop();
      else this.#visit(place, name);
    }
    return undefined;
  }

  #visit(above: Place, name: string): void {
    const path = `${above.path}/${name}`;
    const node = above.node?.children.get(name);
    const passed = node !== undefined && !node.whole && !above.whole;
    const stat = statOf(path, passed);
    if (stat === undefined) return;
    const asked = node?.whole === true;
    const excluded = !asked && above.rules.excludes(path, stat.isDirectory());
    const whole = asked || (above.whole && !excluded);
    if (stat.isDirectory()) this.#enter(above, { path, node, whole, stat });
    else if (whole && (asked || !stat.isFile() || !above.rules.excludesSize(stat.size))) this.#count(stat);
  }

  #count(stat: Stats): void {
    this.#files += 1;
    if (stat.isFile()) this.#bytes += stat.size;
  }

  #enter(
    above: Place,
    { stat, ...met }: Pick<Place, 'path' | 'node' | 'whole'> & { readonly stat: Stats },
  ): void {
    if (!met.whole && met.node === undefined) return;
    const device = met.node?.whole === true ? stat.dev : above.device;
    const another = this.#oneFileSystem && above.whole && stat.dev !== device;
    this.#open({ ...met, rules: above.rules, device }, { listed: met.whole && !another });
  }

  #open(place: Place, { listed }: { readonly listed: boolean }): void {
    const { path, rules, node } = place;
    const found = listed ? namesIn(path) : [];
    const names = namesToVisit(rules.isCache(path, found) ? [cacheTagName] : found, node);
    this.#stack.push({ ...place, rules: rules.within(path, names, () => {}), names, next: 0 });
  }
}

/** A link is followed only on the way to a path that was asked for. */
function statOf(path: string, passed: boolean): Stats | undefined {
  try {
    return (passed ? statSync : lstatSync)(filePath(path), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(filePath(path === '' ? '/' : path), { encoding: 'latin1' });
  } catch {
    return [];
  }
}
