// The variables of a function.

import assert from 'node:assert/strict';

/** As a module writes them. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** A variable of a function, by its index: parameters come first. */
export type Local = number & { readonly local: unique symbol };

/** The variables of one function, in the order in which they are declared. */
export class Frame {
  readonly parameters: ValueType[] = [];
  readonly locals: ValueType[] = [];

  parameter(type: ValueType): Local {
    assert(this.locals.length === 0, 'parameters come before locals');
    return (this.parameters.push(type) - 1) as Local;
  }

  local(type: ValueType): Local {
    return (this.parameters.length + this.locals.push(type) - 1) as Local;
  }
}
