import { openFolder } from '#adapters/local/open-folder.ts';
import { PIN } from '#core/deployment/names.ts';
import { FEEDBACK, parseFeedbackOptions } from '#core/monitoring/feedback-options.ts';
import { Feedback } from '#serving/feedback/feedback.ts';
import { type FeedbackStore, feedbackStoreOf } from '#serving/feedback/records.ts';
import type { Environment } from './host.ts';

/**
 * Receipts for the answers of the function's one model. The key is on its way when this resolves, and nobody waits for it:
 * answers that are there before it carry none. Throws `feedback.options`, `store.url`.
 */
export async function openFeedback(env: Environment): Promise<Feedback | undefined> {
  const options = parseFeedbackOptions(env[FEEDBACK.options]);
  if (!options) return undefined;
  const store = await openFeedbackStore(env[FEEDBACK.store] || env[PIN.store] || '', env);
  const target = env['AWS_LAMBDA_FUNCTION_VERSION'];
  const model = env[PIN.model] ?? '';
  const isCaptured = ![undefined, '', '0'].includes(env['ONNWARD_CAPTURE']);
  const feedback = new Feedback({ store, models: { [model]: options }, captured: isCaptured ? [model] : [], target });
  void feedback.start();
  return feedback;
}

async function openFeedbackStore(url: string, env: Environment): Promise<FeedbackStore> {
  if (!url.startsWith('s3://')) return feedbackStoreOf(await openFolder(url));
  const { S3Feedback } = await import('#adapters/aws/s3-feedback.ts');
  return S3Feedback.open(url, { env });
}
