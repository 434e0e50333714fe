// What a command may touch of the process it runs in, so that tests run commands without starting one.

export type CommandContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly directory: string;
  /** Results, on standard output. */
  print(text: string): void;
  /** The same for results that are no text. */
  printBytes?(bytes: Uint8Array): void;
  /** Everything else, on standard error. */
  printError(text: string): void;
  /** Standard input, where there is one. */
  input?(): AsyncIterable<Uint8Array>;
  /** Resolves when what was printed is taken; false when nobody reads it any more. */
  flushed?(): Promise<boolean>;
};
