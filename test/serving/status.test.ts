import { once } from 'node:events';
import { expect, it } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { codeOf, errorResponse } from '#serving/status.ts';

it('a defect of ours tells the client nothing and whoever runs the server where it is', async () => {
  const warned = once(process, 'warning') as Promise<[Error]>;
  const { status, body } = errorResponse(new TypeError('x of undefined'), 'request-7');
  expect(status).toBe(500);
  expect(body).not.toContain('undefined');
  const [{ message }] = await warned;
  expect(message).toMatch(/^request request-7 failed: TypeError: x of undefined\n +at /);
});

it('whatever is thrown has a code to be counted by', () => {
  expect(codeOf(new OnnwardError('full', { code: 'model.overloaded', kind: 'overloaded' }))).toBe('model.overloaded');
  for (const thrown of [new Error('x'), 'text', undefined]) expect(codeOf(thrown)).toBe('internal.unforeseen');
});
