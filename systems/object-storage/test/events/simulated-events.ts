// A storage on a simulated machine whose events go to sinks of a test: hours of retries pass at once.

import { type EventSink, type ObjectStorage, objectBody } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { everything } from './remembering-sink.ts';

export const bucket = 'told';

export type SimulatedEvents = {
  readonly machine: SimulatedMachine;
  readonly metrics: () => string;
  /** `wrap` puts something between the storage and its metadata. */
  open(
    sinks: readonly EventSink[],
    options?: { readonly wrap?: (metadata: MetadataSql) => MetadataSql },
  ): Promise<ObjectStorage>;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
};

export async function simulatedEvents(run: (parts: SimulatedEvents) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000_000 });
  const machine = simulation.machine('storage');
  const { clock } = simulation;
  let metrics = createMetrics();
  const open: SimulatedEvents['open'] = async (sinks, { wrap } = {}) => {
    metrics = createMetrics();
    const telemetry = { ...silentTelemetry(), metrics };
    const storage = await openOnMachine(machine, { wrap, events: { sinks }, telemetry });
    const documents = { notification: everything };
    await storage.createBucket({ bucket, owner: 'me', documents }).catch(() => {});
    return storage;
  };
  await simulation.run(() =>
    run({
      machine,
      open,
      metrics: () => metrics.expose(),
      sleep: (ms) => clock.sleep(ms),
      nowMs: () => machine.world.clock.nowMs(),
    }),
  );
}

export function put(storage: ObjectStorage, key: string): Promise<unknown> {
  const attributes = { headers: {}, userMetadata: {} };
  return storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(key)) });
}
