// Tells the service of the runs of an agent. What cannot be sent now goes with the next one.

import { BackupError, type RunReport } from '@cairn/backup';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { atService, isAtService } from './at-service.ts';
import { repositoryUrl } from './with-repository.ts';

const unsentMax = 100;

export class RunReporter {
  readonly #context: CommandContext;
  readonly #repo: string | undefined;
  readonly #isKept: boolean;
  #unsent: RunReport[] = [];

  /** Says on standard error when nobody but this agent will know of its runs. */
  constructor(context: CommandContext, repo: string | undefined) {
    this.#context = context;
    this.#repo = repo;
    this.#isKept = isAtService(repositoryUrl(context, repo));
    if (!this.#isKept)
      context.printError(
        'reports of runs stay here: a repository at the service (cairn://) would keep them\n',
      );
  }

  /** Does not throw: a backup that was made stays made. */
  async report(run: RunReport): Promise<void> {
    if (!this.#isKept) return;
    this.#unsent = [...this.#unsent, run].slice(-unsentMax);
    try {
      await atService(this.#context, { repo: this.#repo, what: 'keeps reports' }, async (service) => {
        for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
          await service.reportRun(next);
          this.#unsent.shift();
        }
      });
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    if (!(error instanceof CommandFailed)) throw error;
    // What the service refuses for good it refuses the next time, too.
    const again = error.cause instanceof BackupError && error.cause.retryable;
    if (!again) this.#unsent = [];
    const outlook = again ? 'it goes with the next one' : 'it is dropped';
    this.#context.printError(`warning: a report was not taken, ${outlook}: ${error.message}\n`);
  }
}
