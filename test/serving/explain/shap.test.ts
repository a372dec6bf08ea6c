import { describe, test } from 'vitest';
import { root } from '../../repository/sources.ts';
import { expectAsShap } from './reference.ts';
import { casesIn } from './shap-cases.ts';

describe('real models as the shap package explains them', () => {
  const folder = `${root}test/fixtures/explanation`;
  test.each(casesIn(folder))('$name', (given) => expectAsShap(given, folder));
});
