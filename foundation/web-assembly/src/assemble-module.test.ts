import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleModule } from './assemble-module.ts';
import { Frame } from './frame.ts';
import { constant, get } from './instructions.ts';
import { webAssembly } from './web-assembly.ts';

test('an empty module is the bytes that the specification says', () => {
  const frame = new Frame();
  frame.parameter('i32');
  const bytes = assembleModule([{ name: 'f', frame, body: [] }], 1);
  const expected = [
    '0061736d01000000', // magic, version
    '01050160017f00', // one type: (i32) -> ()
    '02100103656e76066d656d6f727902010101', // env.memory, 1 to 1 page
    '03020100', // one function of type 0
    '070501016600' + '00', // exported as f
    '0a040102000b', // no locals, end
  ];
  assert.equal(Buffer.from(bytes).toString('hex'), expected.join(''));
});

test('functions are exported by their names, each with its own variables and result', () => {
  const [first, second] = [new Frame(), new Frame()];
  first.local('v128');
  const value = second.parameter('i64');
  const bytes = assembleModule(
    [
      { name: 'seven', frame: first, body: [constant(7)], result: 'i32' },
      { name: 'same', frame: second, body: [get(value)], result: 'i64' },
    ],
    300,
  );
  const memory = new webAssembly.Memory({ initial: 300, maximum: 300 });
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), { env: { memory } });
  const { seven, same } = exports as { seven: () => number; same: (value: bigint) => bigint };
  assert.deepEqual([seven(), same(2n ** 40n)], [7, 2n ** 40n]);
});

test('parameters come before locals', () => {
  const frame = new Frame();
  frame.local('i32');
  assert.throws(() => frame.parameter('i32'), /parameters come before locals/);
});

test('the engine says whether it would compile a module', () => {
  const frame = new Frame();
  const bytes = (result: 'i32' | 'i64') =>
    assembleModule([{ name: 'f', frame, body: [constant(1)], result }], 1);
  assert.deepEqual([webAssembly.validate(bytes('i32')), webAssembly.validate(bytes('i64'))], [true, false]);
});
