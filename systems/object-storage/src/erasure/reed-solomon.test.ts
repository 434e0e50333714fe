import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { openReedSolomon, type ReedSolomonShape, TooFewShardsError } from './reed-solomon.ts';
import { modelParity } from './table-model.ts';

type Shards = readonly Uint8Array[];

/** Data shards that begin at odd addresses, and their parity. */
function encoded(shape: ReedSolomonShape, lengthBytes: number, random = new SeededRandom(1)): Shards {
  const newShard = () => new Uint8Array(lengthBytes + 1).subarray(1);
  const data = Array.from({ length: shape.dataShards }, () => filled(newShard(), random));
  const parity = Array.from({ length: shape.parityShards }, newShard);
  openReedSolomon(shape).encode(data, parity);
  return [...data, ...parity];
}

function filled(shard: Uint8Array, random: SeededRandom): Uint8Array {
  shard.set(random.bytes(shard.length));
  return shard;
}

/** Loses these shards, and compares all of them after they came back. */
function checkLoss(shape: ReedSolomonShape, shards: Shards, lost: readonly number[]): void {
  const damaged = shards.map((shard, index) => (lost.includes(index) ? undefined : shard));
  openReedSolomon(shape).reconstruct(damaged, shards[0]!.length);
  assert.deepEqual(damaged, shards, `without ${lost} of ${JSON.stringify(shape)}`);
}

function combinationsOf(total: number, countMax: number): readonly (readonly number[])[] {
  const subsets = Array.from({ length: 2 ** total }, (_, bits) =>
    Array.from({ length: total }, (__, index) => index).filter((index) => bits & (1 << index)),
  );
  return subsets.filter((subset) => subset.length <= countMax);
}

function sample(random: SeededRandom, total: number, count: number): readonly number[] {
  const left = Array.from({ length: total }, (_, index) => index);
  return Array.from({ length: count }, () => left.splice(random.integer(left.length), 1)[0]!);
}

// What Intel's ISA-L 2.30 (gf_gen_cauchy1_matrix, ec_encode_data) computed. Never to be changed: stored shards are such bytes.
const frozen: readonly (ReedSolomonShape & { readonly parity: readonly string[] })[] = [
  { dataShards: 1, parityShards: 1, parity: ['00070e151c232a31383f464d545b6269'] },
  {
    dataShards: 2,
    parityShards: 2,
    parity: ['fe641c63eca1d9a6dfa40178068a4f36', '81e569e26ccb47cccfb4fa83fd7194ed'],
  },
  {
    dataShards: 8,
    parityShards: 4,
    parity: [
      'adf888f763eb798971ae0ae298022a20',
      '9f980be1908f2522ea354364d124859b',
      '64385cdf258bcaba32eda11a1a63e678',
      '555816044d3c6c5d904fe80353fd7a8f',
    ],
  },
  {
    dataShards: 17,
    parityShards: 3,
    parity: [
      'a701984e273be6a3637b4695edf4aa15',
      '06dc7ca1be23510c0e0b467cefffc225',
      'ef811889a38cea8db912698032c7091d',
    ],
  },
  { dataShards: 254, parityShards: 1, parity: ['9c671fefe5a34b3a4830239e9545200a'] },
];

for (const { parity: expected, ...shape } of frozen)
  test(`the format is frozen: ${shape.dataShards}+${shape.parityShards}`, () => {
    const data = Array.from({ length: shape.dataShards }, (_, shard) =>
      Uint8Array.from({ length: 16 }, (__, at) => at * 7 + shard * 31 + ((at * shard) >> 3)),
    );
    const parity = expected.map(() => new Uint8Array(16));
    openReedSolomon(shape).encode(data, parity);
    assert.deepEqual(
      parity.map((shard) => Buffer.from(shard).toString('hex')),
      expected,
    );
  });

test('the example of the interface', () => {
  const codec = openReedSolomon({ dataShards: 2, parityShards: 1 });
  const parity = [new Uint8Array(3)];
  codec.encode([Buffer.from('abc'), Buffer.from('def')], parity);
  const shards = [undefined, Buffer.from('def'), parity[0]];
  codec.reconstruct(shards, 3);
  assert.equal(Buffer.from(shards[0]!).toString(), 'abc');
});

test('parity is that of the model, and every loss up to the parity shards comes back: all shapes up to 5+4', () => {
  for (let dataShards = 1; dataShards <= 5; dataShards++)
    for (let parityShards = 0; parityShards <= 4; parityShards++) {
      const shape = { dataShards, parityShards };
      const shards = encoded(shape, 37);
      assert.deepEqual(shards.slice(dataShards), modelParity(shards.slice(0, dataShards), parityShards));
      for (const lost of combinationsOf(dataShards + parityShards, parityShards))
        checkLoss(shape, shards, lost);
    }
});

test('8+4: every loss of up to four shards comes back', () => {
  const shape = { dataShards: 8, parityShards: 4 };
  const shards = encoded(shape, 33);
  assert.deepEqual(shards.slice(8), modelParity(shards.slice(0, 8), 4));
  for (const lost of combinationsOf(12, 4)) checkLoss(shape, shards, lost);
});

for (const [dataShards, parityShards, times] of [
  [8, 4, 50],
  [17, 3, 50],
  [1, 1, 4],
  [1, 254, 4],
  [128, 127, 3],
  [254, 1, 20],
] as const)
  test(`${dataShards}+${parityShards}: random losses of random bytes come back`, (t) => {
    const seed = realWorld().random.integer(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const shape = { dataShards, parityShards };
    const shards = encoded(shape, 1_500, random);
    assert.deepEqual(shards.slice(dataShards), modelParity(shards.slice(0, dataShards), parityShards));
    for (let time = 0; time < times; time++) {
      const count = time === 0 ? parityShards : random.integer(parityShards + 1);
      checkLoss(shape, shards, sample(random, dataShards + parityShards, count));
    }
  });

test('every length from 0 to 200 bytes', () => {
  const shape = { dataShards: 3, parityShards: 2 };
  for (let lengthBytes = 0; lengthBytes <= 200; lengthBytes++) {
    const shards = encoded(shape, lengthBytes);
    assert.deepEqual(shards.slice(3), modelParity(shards.slice(0, 3), 2));
    checkLoss(shape, shards, [0, 2]);
    checkLoss(shape, shards, [1, 4]);
  }
});

test('shards of many blocks', () => {
  const shape = { dataShards: 8, parityShards: 4 };
  const shards = encoded(shape, 100_003);
  assert.deepEqual(shards.slice(8), modelParity(shards.slice(0, 8), 4));
  checkLoss(shape, shards, [0, 3, 7, 9]);
});

test('only what is wanted is computed, from as many shards as there are data shards', () => {
  const shape = { dataShards: 4, parityShards: 3 };
  const shards = encoded(shape, 50);
  const damaged: (Uint8Array | undefined)[] = [
    undefined,
    shards[1],
    undefined,
    ...shards.slice(3, 6),
    undefined,
  ];
  openReedSolomon(shape).reconstruct(damaged, 50, { wanted: [2, 6, 1] });
  assert.deepEqual(damaged, [undefined, ...shards.slice(1)]);
  openReedSolomon(shape).reconstruct(damaged, 50, { wanted: [] });
  assert.equal(damaged[0], undefined);
});

test('what comes back lies in the buffers that the caller gives', () => {
  const shape = { dataShards: 2, parityShards: 2 };
  const shards = encoded(shape, 40);
  const given: Uint8Array[] = [];
  const allocate = (lengthBytes: number) => {
    given.push(new Uint8Array(lengthBytes).fill(0xee));
    return given.at(-1)!;
  };
  const damaged = [undefined, shards[1], shards[2], undefined];
  openReedSolomon(shape).reconstruct(damaged, 40, { allocate });
  assert.deepEqual(damaged, shards);
  assert(damaged[0] === given[0] && damaged[3] === given[1] && given.length === 2);
});

test('one codec reconstructs any number of patterns, again and again', () => {
  const shape = { dataShards: 6, parityShards: 4 };
  const codec = openReedSolomon(shape);
  const shards = encoded(shape, 20);
  const patterns = combinationsOf(10, 4);
  assert(patterns.length > 300, 'more than a codec remembers');
  for (const lost of [...patterns, ...patterns.toReversed()]) {
    const damaged = shards.map((shard, index) => (lost.includes(index) ? undefined : shard));
    codec.reconstruct(damaged, 20);
    assert.deepEqual(damaged, shards);
  }
});

test('more shards missing than there is parity is an error of its own, and changes nothing', () => {
  const shape = { dataShards: 3, parityShards: 2 };
  const shards = encoded(shape, 10);
  const damaged = [undefined, undefined, shards[2], undefined, shards[4]];
  assert.throws(
    () => openReedSolomon(shape).reconstruct(damaged, 10, { wanted: [0] }),
    (error) => error instanceof TooFewShardsError && error.present === 2 && error.needed === 3,
  );
  assert.deepEqual(damaged, [undefined, undefined, shards[2], undefined, shards[4]]);
});

test('shapes that there are not are refused', () => {
  for (const [dataShards, parityShards] of [
    [0, 1],
    [1, -1],
    [1.5, 1],
    [1, Number.NaN],
    [200, 56],
  ] as const)
    assert.throws(() => openReedSolomon({ dataShards, parityShards }), { name: 'AssertionError' });
});

test('shards of unequal length or number are refused', () => {
  const codec = openReedSolomon({ dataShards: 2, parityShards: 1 });
  const four = () => new Uint8Array(4);
  const five = new Uint8Array(5);
  const refused: readonly (() => void)[] = [
    () => codec.encode([four()], [four()]),
    () => codec.encode([four(), four(), four()], [four()]),
    () => codec.encode([four(), four()], []),
    () => codec.encode([four(), five], [four()]),
    () => codec.encode([four(), four()], [five]),
    () => codec.reconstruct([four(), undefined], 4),
    () => codec.reconstruct([four(), undefined, four(), four()], 4),
    () => codec.reconstruct([four(), undefined, five], 4),
    () => codec.reconstruct([four(), undefined, four()], 5),
    () => codec.reconstruct([undefined, undefined, undefined], -1),
    () => codec.reconstruct([four(), undefined, four()], 4, { wanted: [1, 3] }),
    () => codec.reconstruct([four(), undefined, four()], 4, { wanted: [-1] }),
    () => codec.reconstruct([four(), undefined, four()], 4, { allocate: () => five }),
  ];
  for (const [index, call] of refused.entries())
    assert.throws(call, { name: 'AssertionError' }, `call ${index}`);
});
