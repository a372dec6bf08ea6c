import * as v from 'valibot';
import { invalid } from '../errors.ts';
import type { BatchRequest } from './events.ts';
import { isJobId } from './identity.ts';
import { parseOptions } from './options.ts';

const text = v.pipe(v.string('is to be a text'), v.nonEmpty('is to be a text'));
const whole = v.pipe(
  v.number('is to be a whole number from 1'),
  v.integer('is to be a whole number from 1'),
  v.minValue(1, 'is to be a whole number from 1'),
);

/** S3 tells more than this, and may tell more yet. */
const arrival = v.object({
  'detail-type': v.literal('Object Created', "is to be 'Object Created'"),
  detail: v.object({
    bucket: v.object({ name: text }),
    object: v.object({
      key: text,
      etag: v.optional(text),
      'version-id': v.optional(text),
    }),
  }),
});

const job = v.strictObject({
  model: text,
  inputs: v.pipe(v.array(text, 'is to be a list of URLs'), v.nonEmpty('is to be a list of URLs')),
  options: v.optional(v.unknown()),
  actor: v.optional(text),
});

const drive = v.strictObject({
  job: v.pipe(text, v.check(isJobId, 'is to be the name of a job')),
  drive: v.optional(whole),
  actor: v.optional(text),
});

/** Checks what the workflow was started with. Throws `batch.request`, and `batch.options` for the options of it. */
export function parseRequest(value: unknown): BatchRequest {
  const fields = typeof value === 'object' && value !== null ? value : {};
  if ('detail-type' in fields) return checked(arrival, value) as BatchRequest;
  if ('job' in fields) return checked(drive, value) as BatchRequest;
  const request = checked(job, value) as BatchRequest & { options?: unknown };
  if (request.options === undefined) return request;
  return { ...request, options: parseOptions(request.options, 'the options of the request') };
}

function checked(schema: v.GenericSchema, value: unknown): unknown {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'the top';
  const problem = issue.expected === 'never' ? 'is no field of it' : issue.message;
  throw invalid('batch.request', `This is no request for batch inference: ${path} ${problem}.`, {
    fix: 'Start the workflow with { "model": …, "inputs": […] }, with { "job": … }, or with an event of S3.',
    fields: { path },
  });
}
