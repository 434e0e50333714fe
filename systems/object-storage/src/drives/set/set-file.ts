// Keeps `drives.json` at what the set is: one write at a time, and what came meanwhile in the next.

import type { Telemetry } from '@cairn/telemetry';
import type { Disk } from '@cairn/world';
import type { SetState } from './set-state.ts';
import { writeState } from './state-file.ts';

export class SetFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #log: Telemetry['log'];
  readonly #state: () => SetState;
  #saving: Promise<void> = Promise.resolve();
  /** Something changed that is not in the file, nor on its way there. */
  #unsaved = false;

  constructor(options: {
    readonly disk: Disk;
    readonly path: string;
    readonly log: Telemetry['log'];
    readonly state: () => SetState;
  }) {
    this.#disk = options.disk;
    this.#path = options.path;
    this.#log = options.log;
    this.#state = options.state;
  }

  /** Resolves when what the set is now is durable. A failure is logged, and made up for by the next. */
  save(): Promise<void> {
    this.#unsaved = true;
    const saving = this.#saving.catch(() => {}).then(() => this.#write());
    this.#saving = saving;
    saving.catch((error: unknown) => {
      this.#log.error('the state of the drives could not be kept', { error });
    });
    return saving;
  }

  /** Resolves when every change that came before the call is durable; throws when it cannot be made so. */
  async settled(): Promise<void> {
    await this.#saving.catch(() => {});
    if (this.#unsaved) await this.save();
  }

  async #write(): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    try {
      await writeState(this.#disk, this.#path, this.#state());
    } catch (error) {
      this.#unsaved = true;
      throw error;
    }
  }
}
