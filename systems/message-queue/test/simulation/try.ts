import { runSeeds } from '@cairn/world';
import { queueScenario } from './queue-scenario.ts';
const s = queueScenario({ name: 'queues' });
const r = await runSeeds(s, { firstSeed: Number(process.argv[2] ?? 1), seeds: Number(process.argv[3] ?? 30) } as never);
console.log(r.passed, r.failure?.seed, r.failure?.error, JSON.stringify(r.failure?.steps)?.slice(0, 3000));
