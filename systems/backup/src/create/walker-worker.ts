// The walker: the worker that reads directories and builds the manifest (walker-messages.ts says what it is told and
// answers; DESIGN.md, "Create").

import type { BatchHandler, OpenExecutor, Result } from '@cairn/world';
import { libc } from '../filesystem/libc.ts';
import { ChunkManifestStore } from './chunk-manifest-store.ts';
import { DirectoryRules } from './exclude-rules.ts';
import { binaryPath } from './file-path.ts';
import { OwnerNames } from './owner-names.ts';
import { targetTree } from './target-tree.ts';
import { TreeWalk } from './tree-walk.ts';
import type { WalkDone, WalkerInit, WalkerInput, WalkerOutput } from './walker-messages.ts';

export const openExecutor: OpenExecutor<WalkerInit, WalkerInput, WalkerOutput> = (init) => new Walker(init);

class Walker implements BatchHandler<WalkerInput, WalkerOutput> {
  readonly #store: ChunkManifestStore;
  readonly #walk: TreeWalk;
  readonly #owners = new OwnerNames();

  constructor(init: WalkerInit) {
    this.#store = new ChunkManifestStore(init);
    this.#walk = new TreeWalk(
      {
        target: targetTree(init.paths.map(binaryPath)),
        rules: DirectoryRules.of(init.excludes),
        parentRoot: init.parentRoot,
        oneFileSystem: init.oneFileSystem,
        archivers: init.archivers,
        store: this.#store,
        nowMs: Date.now,
      },
      (uid, gid) => this.#owners.add(Number(uid), Number(gid)),
    );
  }

  handle(inputs: readonly WalkerInput[]): readonly Result<WalkerOutput>[] {
    return inputs.map((input) => {
      try {
        return { ok: true, value: this.#turn(input) };
      } catch (error) {
        return { ok: false, error };
      }
    });
  }

  close(): void {}

  #turn({ results, chunks }: WalkerInput): WalkerOutput {
    this.#walk.accept(results, chunks);
    const { blocked } = this.#walk.run();
    const done = this.#done();
    return {
      jobs: this.#walk.takeJobs(),
      wanted: this.#walk.wanted(),
      packs: this.#store.takePacks({ flush: done !== undefined }),
      ...this.#walk.report.take(),
      counts: this.#store.takeCounts(),
      blocked,
      ...(done === undefined ? {} : { done }),
    };
  }

  #done(): WalkDone | undefined {
    const { root } = this.#walk;
    if (root === undefined) return undefined;
    return {
      root: root.tree,
      summary: root.summary,
      ...this.#owners.resolve(libc()),
      warnings: this.#walk.warnings,
    };
  }
}
