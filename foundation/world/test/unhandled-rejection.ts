// A process for tests (node:test would take the rejection for its own): a scenario that drops a promise which rejects.

import { Simulation } from '../src/simulated.ts';

const simulation = new Simulation({ seed: 1 });
const run = simulation.run(async () => {
  void simulation.clock.sleep(1).then(() => Promise.reject(new Error('nobody listens')));
  await simulation.clock.sleep(10);
});
await run.catch((error: Error) => process.stdout.write(`the run failed: ${error.message}\n`));
