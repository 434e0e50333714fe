// Messages between the machines of a simulation: delayed, reordered, dropped, repeated, and cut off, as the seed says.
//
// The unit is a message, not a connection: what a protocol does about loss and repetition is the protocol's, and under test.
// An endpoint belongs to the process that opened it and dies with it; a message finds whoever has the name when it arrives.

import assert from 'node:assert/strict';
import type { SeededRandom } from '../simulated/seeded-random.ts';
import { drawDelayMs, type SimulatedMachine } from '../simulated/simulated-machine.ts';
import type { Timeline } from '../simulated/timeline.ts';
import { calmNetwork, checkConditions, type NetworkConditions } from './network-conditions.ts';

export type Receive<Message> = (message: Message, from: string) => void;

export type NetworkEndpoint<Sent> = {
  /** The machine's name, which is the endpoint's address. */
  readonly address: string;
  /** Sends a structured clone; nobody says whether, when, or how often it arrives. */
  send(to: string, message: Sent): void;
  close(): void;
};

type Listener = { readonly machine: SimulatedMachine; readonly receive: Receive<never> };

export class SimulatedNetwork {
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #listeners = new Map<string, Listener>();
  readonly #cuts = new Set<string>();
  #conditions = calmNetwork;

  constructor(parts: { readonly timeline: Timeline; readonly random: SeededRandom }) {
    this.#timeline = parts.timeline;
    this.#random = parts.random;
  }

  get conditions(): NetworkConditions {
    return this.#conditions;
  }

  /** For messages sent from now on; what is left out is as in `calmNetwork`. */
  setConditions(conditions: Partial<NetworkConditions>): void {
    const whole = { ...calmNetwork, ...conditions };
    checkConditions(whole);
    this.#conditions = whole;
  }

  /**
   * Opens the endpoint of a machine's running process; `receive` is called for each message as an event of that process: later
   * while it stalls, never once it died. A machine has one endpoint at a time.
   */
  open<Received, Sent = Received>(
    machine: SimulatedMachine,
    receive: Receive<Received>,
  ): NetworkEndpoint<Sent> {
    const address = machine.name;
    assert(machine.running, `${address} is down: only a running process opens an endpoint`);
    assert(!this.#listeners.has(address), `${address} has an endpoint already`);
    const listener: Listener = { machine, receive: receive as Receive<never> };
    this.#listeners.set(address, listener);
    const close = () => {
      stopListening();
      if (this.#listeners.get(address) === listener) this.#listeners.delete(address);
    };
    const stopListening = machine.onCrash(close);
    const isOpen = () => this.#listeners.get(address) === listener;
    return {
      address,
      send: (to, message) => {
        if (isOpen()) this.#send({ from: address, to, message });
      },
      close,
    };
  }

  /** No message passes between the two, in either direction, until `mend`; what is under way when the cut comes is lost. */
  cut(a: string, b: string): void {
    this.#timeline.note('network', 'cut', `${a} - ${b}`);
    this.#cuts.add(pairOf(a, b));
  }

  /** Undoes `cut`. */
  mend(a: string, b: string): void {
    this.#timeline.note('network', 'mend', `${a} - ${b}`);
    this.#cuts.delete(pairOf(a, b));
  }

  /** Every cut is mended and every message sent from now on arrives once, soon. What is late already stays late. */
  heal(): void {
    this.#timeline.note('network', 'heal');
    this.#cuts.clear();
    this.#conditions = calmNetwork;
  }

  #send(envelope: Envelope): void {
    const random = this.#random;
    if (random.chance(this.#conditions.dropProbability)) return;
    this.#deliverLater(envelope);
    if (random.chance(this.#conditions.repeatProbability)) this.#deliverLater(envelope);
  }

  /** Each delivery gets a copy of its own, made now: what the sender changes later is not seen. */
  #deliverLater({ from, to, message }: Envelope): void {
    const envelope = { from, to, message: structuredClone(message) };
    const { delayMs, lateMs, lateProbability } = this.#conditions;
    const range = this.#random.chance(lateProbability) ? lateMs : delayMs;
    const detail = `${from} -> ${to}`;
    const happening = { label: 'deliver', detail, delayMs: drawDelayMs(this.#random, range) };
    this.#timeline.schedule(undefined, happening, () => this.#deliver(envelope));
  }

  #deliver({ from, to, message }: Envelope): void {
    const listener = this.#listeners.get(to);
    if (listener === undefined || this.#cuts.has(pairOf(from, to))) return;
    const isOpen = () => this.#listeners.get(to) === listener;
    listener.machine.schedule({ label: 'receive', detail: `from ${from}`, delayMs: 0 }, () => {
      if (isOpen()) listener.receive(message as never, from);
    });
  }
}

type Envelope = { readonly from: string; readonly to: string; readonly message: unknown };

function pairOf(a: string, b: string): string {
  return JSON.stringify([a, b].toSorted());
}
