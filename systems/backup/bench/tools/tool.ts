// A backup program in the bench: the same steps for ours and for the peers.

import type { ProcessCost } from '../measure-process.ts';

export type Tool = {
  readonly name: string;
  /** Its own words; undefined when it is not installed. */
  version(): Promise<string | undefined>;
  init(repository: string): Promise<void>;
  /** Backs a folder up, relative to its parent, so that every tool stores the same names. */
  backup(repository: string, folder: string): Promise<ProcessCost>;
  /** The newest snapshot into an empty folder. */
  restore(repository: string, target: string): Promise<ProcessCost>;
  /** All data read and checked. */
  verify(repository: string): Promise<ProcessCost>;
  /** The files of the newest snapshot. */
  list(repository: string): Promise<ProcessCost>;
  /** Files of a name in the newest snapshot. */
  find(repository: string, name: string): Promise<ProcessCost>;
  /** The newest two snapshots. */
  diff(repository: string): Promise<ProcessCost>;
};
