// Imports, loaded when there are any: most processes never move a bucket.

import type { Imports, ImportsOptions } from './imports.ts';

export class ImportsOnDemand {
  readonly #options: ImportsOptions;
  #opened: Promise<Imports> | undefined;

  private constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** What an earlier process was doing goes on. */
  static async open(options: ImportsOptions): Promise<ImportsOnDemand> {
    const imports = new ImportsOnDemand(options);
    if ((await options.world.disk.stat(options.path)) !== undefined) await imports.get();
    return imports;
  }

  get(): Promise<Imports> {
    this.#opened ??= import('./imports.ts').then(({ Imports }) => Imports.open(this.#options));
    return this.#opened;
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}
