import { OnnwardError } from '../errors.ts';

export const noJob = (job: string): OnnwardError =>
  new OnnwardError(`There is no job ${job}.`, {
    code: 'batch.no_job',
    kind: 'not-found',
    fix: "Run 'onnward batches', which lists them.",
    fields: { job },
  });
