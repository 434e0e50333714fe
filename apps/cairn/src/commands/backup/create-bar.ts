// The bar of `create`: how far the backup is, of what a thread of its own counts. Nothing is counted where nobody looks.

import type { CreateProgress, SourceTotals } from '@cairn/backup';
import { countText } from '../../output/count.ts';
import type { ProgressBar } from './progress.ts';

type Done = Pick<CreateProgress, 'bytesDone' | 'filesDone' | 'current'>;
type Count = (signal: AbortSignal) => Promise<SourceTotals | undefined>;

export class CreateBar {
  readonly #bar: ProgressBar;
  readonly #count: Count | undefined;
  readonly #stopped = new AbortController();
  #counting: Promise<void> | undefined;
  #totals: SourceTotals | undefined;
  #last: Done | undefined;

  /** Without `count` there is no total. */
  constructor(bar: ProgressBar, count: Count | undefined) {
    this.#bar = bar;
    this.#count = bar.isShown ? count : undefined;
  }

  /** The first time something was done, so after the hook `before`, counting begins. */
  show(done: Done): void {
    this.#last = done;
    if (this.#count !== undefined) this.#counting ??= this.#countWith(this.#count);
    this.#draw(done);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#bar.stop();
    await this.#counting;
  }

  async #countWith(count: Count): Promise<void> {
    // What cannot be counted, the backup itself complains of.
    this.#totals = await count(this.#stopped.signal).catch(() => undefined);
    if (!this.#stopped.signal.aborted) this.#draw(this.#last!);
  }

  #draw({ bytesDone, filesDone, current }: Done): void {
    const { files, bytes } = this.#totals ?? { files: undefined, bytes: 0 };
    const counted =
      files === undefined ? countText(filesDone, 'file') : `${filesDone} of ${countText(files, 'file')}`;
    const total = bytes > 0 ? Math.max(bytes, bytesDone) : undefined;
    this.#bar.show({ done: bytesDone, total, unit: 'bytes', text: `${counted}  ${current}` });
  }
}
