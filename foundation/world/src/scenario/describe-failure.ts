// A failure as people read it: the seed, what went wrong, the steps that lead there, and the command that replays it.

export type FailureDescription = {
  readonly scenario: string;
  readonly seed: number;
  readonly error: Error;
  readonly steps: readonly unknown[];
  readonly workspace: string;
};

export function describeFailure({ scenario, seed, error, steps, workspace }: FailureDescription): string {
  return [
    `scenario ${scenario} fails with seed ${seed}`,
    `${error.name}: ${error.message}`,
    `shortest plan found, ${steps.length} steps:`,
    ...steps.map(describeStep),
    `replay: ${replayCommand({ scenario, seed, workspace })}`,
  ].join('\n');
}

function describeStep(step: unknown, index: number): string {
  return `  ${index + 1}. ${JSON.stringify(step)}`;
}

function replayCommand(options: { scenario: string; seed: number; workspace: string }): string {
  const { scenario, seed, workspace } = options;
  return `npm run simulate -w ${workspace} -- --scenario ${scenario} --seed ${seed}`;
}
