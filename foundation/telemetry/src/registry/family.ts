// A family: one metric name with its children by label values. It keeps the bound on children: past it, new label
// values share the overflow child, whose labels all read `_overflow`, so that totals stay right.

import assert from 'node:assert/strict';
import { overflowLabelValue } from '../limits.ts';
import type { Family } from '../metrics.ts';
import { headerLines, labelText } from './exposition.ts';
import type { Sampled } from './instruments.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

export type FamilyShape = {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, empty for the others. */
  readonly buckets: readonly number[];
};

export class FamilyState<Child extends Sampled> implements Family<string, Child> {
  readonly shape: FamilyShape;
  readonly #seriesMax: number;
  readonly #newChild: () => Child;
  readonly #children = new Map<string, { readonly labels: string; readonly child: Child }>();

  constructor(shape: FamilyShape, options: { seriesMax: number; newChild: () => Child }) {
    this.shape = shape;
    this.#seriesMax = options.seriesMax;
    this.#newChild = options.newChild;
    // What has no labels exists from the start, so that a rate over it has its zero.
    if (shape.labels.length === 0) this.with({});
  }

  with(labels: Readonly<Record<string, string>>): Child {
    const values = this.#valuesOf(labels);
    const known = this.#children.get(keyOf(values));
    if (known !== undefined) return known.child;
    const full = this.#children.size >= this.#seriesMax - 1;
    return this.#childOf(full ? values.map(() => overflowLabelValue) : values);
  }

  expose(): string {
    const { name, type, help } = this.shape;
    let text = headerLines(name, type, help);
    for (const { labels, child } of this.#children.values()) text += child.sample(name, labels);
    return text;
  }

  #childOf(values: readonly string[]): Child {
    const key = keyOf(values);
    const known = this.#children.get(key);
    if (known !== undefined) return known.child;
    const child = this.#newChild();
    this.#children.set(key, { labels: labelText(this.shape.labels, values), child });
    return child;
  }

  #valuesOf(labels: Readonly<Record<string, string>>): readonly string[] {
    const names = this.shape.labels;
    const given = Object.keys(labels).length;
    assert(
      given === names.length,
      `'${this.shape.name}' has labels [${names.join(', ')}], it was given ${given}`,
    );
    return names.map((name) => {
      const value = labels[name];
      assert(
        typeof value === 'string',
        `'${this.shape.name}' wants text for label '${name}', it was given ${value}`,
      );
      return value;
    });
  }
}

/** Unambiguous whatever the values hold. */
function keyOf(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}
