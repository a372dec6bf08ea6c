import { expect, test } from 'vitest';
import { weightsOf } from '#serving/weights.ts';

test.each([
  ['', { '': 1 }],
  ['gzip', { gzip: 1 }],
  ['GZIP;q=0.5, deflate ; Q=0', { gzip: 0.5, deflate: 0 }],
  ['application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1', { 'application/openmetrics-text': 0.5, '*/*': 0.1 }],
  ['a;q=0.1;q=0.9', { a: 0.1 }],
  ['a;q=x', { a: 1 }],
  ['a , , b', { a: 1, '': 1, b: 1 }],
])('%j', (header, expected) => expect(Object.fromEntries(weightsOf(header))).toEqual(expected));
